import { afterEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import {
  getNotifications,
  limits,
  readNotifications,
  updateUserStatus,
} from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { helloPosition, typesOf, userEventsOf } from "../../support/worker/clients/received-events.ts";
import { createSession, createUser } from "../../support/worker/fixtures/accounts.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import {
  createMemberNotice,
  createNotice,
  createNotices,
  sendNotices,
  sendReadState,
} from "../../support/worker/fixtures/notices.ts";
import { evictHub, hubLog, hubRows } from "../../support/worker/objects/hub-object.ts";

afterEach(() => void vi.restoreAllMocks());

const channelId = newId("chn");

describe("[OE1] user events", () => {
  test("reach every device unasked, as logged, without `channelId`", async () => {
    const ann = await createUser("ann");
    const sockets = [await connectHub(ann), await connectHub(await createSession(ann))];
    await sendNotices(
      ann.userId,
      channelId,
      createMemberNotice(ann.userId, channelId, 3, "memberJoin", { kind: "invitation" }),
      createNotice(4),
    );
    await sendReadState(ann.userId, channelId, 4, 1);
    await expectOk(readNotifications, { as: ann, body: {} });
    const log = await hubRows(ann.userId, "log");
    const wanted = log.map(({ type, seq, at, data }) => ({
      type,
      seq,
      at: new Date(Number(at)).toISOString(),
      data: JSON.parse(String(data)),
    }));
    expect(typesOf(wanted as never)).toEqual([
      "memberJoin",
      "notificationCreate",
      "notificationCreate",
      "readUpdate",
      // Up to the read position, then all.
      "notificationRead",
      "notificationRead",
    ]);
    for (const socket of sockets) {
      await socket.waitForSeq(6);
      expect(userEventsOf(socket)).toEqual(wanted);
      socket.close();
    }
  });

  test("have an epoch and a position from the first socket on", async () => {
    const ann = await createUser("ann");
    const first = helloPosition(await connectHub(ann));
    expect(first).toMatchObject({ seq: 0, epoch: expect.stringMatching(/^[\w-]{12}$/) });
    const { epoch } = first;
    expect(await expectOk(getNotifications, { as: ann })).toMatchObject({ seq: 0, epoch });
    await evictHub(ann.userId);
    await sendNotices(ann.userId, channelId, createNotice(1));
    const back = await connectHub(ann, { since: 0, epoch });
    await back.waitForSeq(1);
    expect(helloPosition(back)).toMatchObject({ seq: 1, epoch });
    expect(typesOf(back.seen)).toEqual(["hello", "notificationCreate"]);
  });

  test("that were missed follow `hello`, then live events, from any position", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, channelId, ...createNotices(1, 5));
    for (const since of [0, 2, 5]) {
      await evictHub(ann.userId);
      const socket = await connectHub(ann, { since });
      await sendNotices(ann.userId, newId("chn"), createNotice(1));
      const head = (await hubLog(ann.userId)).length;
      await socket.waitForSeq(head);
      expect(userEventsOf(socket).map(({ seq }) => seq)).toEqual(sequenceFrom(since + 1, head - since));
      socket.close();
    }
    expect(userEventsOf(await connectHub(ann))).toEqual([]);
  });

  test("of another epoch or past the head are a `reset`, then live events follow", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, channelId, ...createNotices(1, 3));
    const { epoch } = helloPosition(await connectHub(ann));
    for (const upgrading of [{ since: 1, epoch: "another-life" }, { since: 4, epoch }, { since: 4 }]) {
      const socket = await connectHub(ann, upgrading);
      const reset = await socket.next("reset");
      expect(reset).toEqual({ type: "reset", data: { epoch, seq: 3 } });
      expect(typesOf(socket.seen)).toEqual(["hello", "reset"]);
      socket.close();
    }
  });

  test("are kept for 1,000 missed; beyond that a `reset`, with notifications listed", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, channelId, ...createNotices(1, 3));
    const other = newId("chn");
    for (let rev = 1; rev <= limits.replayEvents; rev++) await sendReadState(ann.userId, other, rev, rev);
    const log = await hubLog(ann.userId);
    expect(log.map(({ seq }) => seq)).toEqual(sequenceFrom(1, 1_003));
    await sendReadState(ann.userId, other, 1, 1_001);
    const kept = (await hubLog(ann.userId)).map(({ seq }) => seq);
    expect(kept, "of what fell out the notifications stay").toEqual([1, 2, 3, ...sequenceFrom(5, 1_000)]);
    const [whole, tooLate] = [await connectHub(ann, { since: 4 }), await connectHub(ann, { since: 3 })];
    await whole.waitForSeq(1_004);
    expect(userEventsOf(whole)).toHaveLength(1_000);
    expect((await tooLate.next("reset")).data.seq).toBe(1_004);
    expect((await expectOk(getNotifications, { as: ann })).items).toHaveLength(3);
  });

  test("are not sent before they are committed", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    const broken = createNotice(2, { createdAt: "never" });
    await expect(sendNotices(ann.userId, channelId, createNotice(1), broken)).rejects.toThrow();
    await sendNotices(ann.userId, channelId, createNotice(7));
    await socket.waitForSeq(1);
    expect(userEventsOf(socket)).toMatchObject([{ seq: 1, data: { notification: { channelSeq: 7 } } }]);
  });

  test("are sent while `dnd` defers notifications", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    await expectOk(updateUserStatus, { as: ann, body: { presence: "dnd" } });
    await sendNotices(
      ann.userId,
      channelId,
      createMemberNotice(ann.userId, channelId, 1, "memberJoin", { kind: "invitation" }),
      createNotice(2),
    );
    await sendReadState(ann.userId, channelId, 2, 1);
    await expectOk(updateUserStatus, { as: ann, body: { presence: "auto" } });
    await socket.waitForSeq(4);
    expect(typesOf(userEventsOf(socket))).toEqual([
      "memberJoin",
      "readUpdate",
      "notificationCreate",
      "notificationCreate",
    ]);
  });
});
