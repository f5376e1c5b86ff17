import { expect, test } from "vitest";
import { markRead, setNotificationLevel } from "../../../src/protocol/index.ts";
import { channelOf, type Person, people, person } from "../../support/worker/cast.ts";
import { callEndpoint, ok, refused } from "../../support/worker/endpoints.ts";
import { allRecorded, progressOf } from "../../support/worker/projection.ts";
import { read, readingOf, say, unreadInList } from "../../support/worker/reads.ts";
import { logOf, stateOf } from "../../support/worker/room.ts";
import { withoutSignals } from "../../support/worker/signals.ts";

/** Bob is Ann's member; five messages of Ann's, seqs 4 to 8. */
async function five(): Promise<{ ann: Person; bob: Person; channelId: string }> {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const channelId = await channelOf(ann, [bob]);
  for (let n = 0; n < 5; n++) await say(ann, channelId, `${n}`);
  return { ann, bob, channelId };
}

test("[RS3] REST says where one has read, forward and back; the answer tells what is unread from there", async () => {
  const { bob, channelId } = await five();
  for (const [seq, unread] of [
    [5, 3],
    [8, 0],
    [4, 4],
    [4, 4],
    [0, 5],
    [8, 0],
  ] as const) {
    expect(await read(bob, channelId, seq)).toEqual({ lastReadSeq: seq, unread, mentions: 0 });
    expect(await unreadInList(bob, channelId)).toMatchObject({ lastReadSeq: seq, unread });
  }
});

test("[RS3] a frame says it only forward, unless it marks unread; frames that come late or twice take nothing back", async () => {
  const { bob, channelId } = await five();
  const socket = await bob.connect(channelId);
  const state = (lastReadSeq: number) => ({
    type: "ack",
    data: { lastReadSeq, unread: 8 - lastReadSeq, mentions: 0 },
  });
  expect(await socket.ask("read", { seq: 6 })).toMatchObject(state(6));
  expect(await socket.ask("read", { seq: 4 })).toMatchObject(state(6));
  expect(await socket.ask("read", { seq: 6 })).toMatchObject(state(6));
  expect(await socket.ask("read", { seq: 7 })).toMatchObject(state(7));
  expect(await socket.ask("read", { seq: 4, markUnread: true })).toMatchObject(state(4));
  expect(await readingOf(channelId, bob)).toEqual({ lastReadSeq: 4, level: "mentions" });
});

test("[RS3] nobody has read what is not there: past the head it is refused by both doors, naming seq", async () => {
  const { bob, channelId } = await five();
  const before = await stateOf(channelId);
  const socket = await bob.connect(channelId);
  for (const seq of [9, 1_000, Number.MAX_SAFE_INTEGER])
    for (const markUnread of [undefined, true as const]) {
      const problem = await refused(markRead, { as: bob, params: { channelId }, body: { seq } });
      expect(problem).toMatchObject({
        code: "validation_failed",
        issues: [{ path: "seq", message: expect.stringContaining("8") }],
      });
      expect(await socket.ask("read", { seq, ...(markUnread && { markUnread }) })).toMatchObject({
        type: "error",
        error: { code: "validation_failed", issues: [{ path: "seq" }] },
      });
    }
  expect(await stateOf(channelId)).toEqual(before);
});

test("[RS3] what is no seq is refused, naming the field, by both doors", async () => {
  const { bob, channelId } = await five();
  const socket = await bob.connect(channelId);
  for (const seq of [-1, 1.5, "4", null, undefined, 1e300, [4], {}]) {
    const body = { seq };
    const { status, body: problem } = await callEndpoint(markRead, { as: bob, params: { channelId }, body });
    expect([status, problem.issues[0].path], JSON.stringify(seq)).toEqual([400, "seq"]);
    expect((await socket.ask("read", body)).type, JSON.stringify(seq)).toBe("error");
  }
  const more = { seq: 4, markUnread: true };
  expect((await refused(markRead, { as: bob, params: { channelId }, body: more })).code).toBe(
    "validation_failed",
  );
  expect((await socket.ask("read", { seq: 4, markUnread: false })).type).toBe("error");
  for (const level of ["ALL", "", null, 1, "everything"])
    expect(
      (await refused(setNotificationLevel, { as: bob, params: { channelId }, body: { level } })).issues,
    ).toMatchObject([{ path: "level" }]);
});

test("[RS3] who is no member has nothing to read up to: 403 where the channel is public, 404 as for none where it is not", async () => {
  const { ann, channelId } = await five();
  const eve = await person("eve");
  const admin = await person("admin", { role: "admin" });
  const privateId = await channelOf(ann, [], { isPrivate: true });
  for (const [endpoint, body] of [
    [markRead, { seq: 1 }],
    [setNotificationLevel, { level: "all" }],
  ] as const)
    for (const as of [eve, admin]) {
      const to = (id: string) => refused(endpoint, { as, params: { channelId: id }, body });
      expect((await to(channelId)).code).toBe("forbidden");
      const [hidden, none] = [await to(privateId), await to("chn_01AAAAAAAAAAAAAAAAAAAAAAAA")];
      expect({ ...hidden, requestId: "" }).toEqual({ ...none, requestId: "" });
      expect(hidden.status).toBe(404);
      expect((await refused(endpoint, { params: { channelId }, body })).code).toBe("unauthenticated");
    }
  expect(await stateOf(channelId)).toMatchObject({ readers: { length: 2 } });
});

test("[RS4] where one has read is private: no event, no seq, and nobody hears of it, not even one's other devices", async () => {
  const { ann, bob, channelId } = await five();
  const [hers, his, other] = [
    await ann.connect(channelId),
    await bob.connect(channelId),
    await bob.connect(channelId),
  ];
  const before = await logOf(channelId);
  for (let n = 0; n < 5; n++) {
    await his.ask("read", { seq: 4 + n });
    await his.ask("notificationLevel", { level: n % 2 ? "all" : "none" });
    await read(bob, channelId, 4);
  }
  await say(ann, channelId, "the next thing that anybody hears");
  await Promise.all([hers, his, other].map((socket) => socket.caughtUp(9)));
  expect(await logOf(channelId)).toHaveLength(before.length + 1);
  for (const socket of [hers, other])
    expect(withoutSignals(socket).map(({ type }) => type)).toEqual(["hello", "subscribed", "messageCreate"]);
  await allRecorded(channelId);
  expect(await progressOf(channelId)).toEqual({ head: 9, recorded: 9 });
  const events = await ann.call("GET", `/v1/channels/${channelId}/events?after=0`);
  expect(events.text).not.toMatch(/lastRead|level/);
  expect((await unreadInList(ann, channelId))?.lastReadSeq, "each has their own").toBe(2);
});

test("[RS4] a level is set as often as it is said, kept beside where one has read, and both doors say it", async () => {
  const { bob, channelId } = await five();
  const socket = await bob.connect(channelId);
  expect((await unreadInList(bob, channelId))?.level).toBe("mentions");
  for (const level of ["all", "all", "none", "mentions"] as const) {
    expect(await ok(setNotificationLevel, { as: bob, params: { channelId }, body: { level } })).toEqual({
      level,
    });
    expect(await socket.ask("notificationLevel", { level })).toMatchObject({ type: "ack", data: { level } });
    await read(bob, channelId, 5);
    expect(await unreadInList(bob, channelId)).toMatchObject({ level, lastReadSeq: 5 });
  }
});
