import { expect, test, vi } from "vitest";
import type { ServerEnvelope } from "../../../src/protocol/index.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { blockHub } from "../../support/worker/objects/hub-object.ts";
import { inRoom, roomLog, subscriberSockets } from "../../support/worker/objects/room-object.ts";

/** The default limit of commands that wait in a room. */
const capacity = 10_000;

/** A socket that parses envelopes only at the end: 10,000 are too many to check each against the protocol. */
async function rawSocket(channel: string, who: TestUser) {
  const { webSocket } = await requestUpgrade(`/v1/channels/${channel}/realtime`, who.token);
  if (!webSocket) throw new Error("No socket");
  const frames: string[] = [];
  webSocket.addEventListener("message", ({ data }) => frames.push(data as string));
  webSocket.accept();
  return {
    /** Returns everything received up to `text`. */
    async until(text: string): Promise<ServerEnvelope[]> {
      while (!frames.some((frame) => frame.includes(text))) await scheduler.wait(5);
      return frames.flatMap((frame) => JSON.parse(frame) as ServerEnvelope[]);
    },
  };
}

const nothing = (id: number) =>
  JSON.stringify({ id, type: "messageDelete", data: { messageId: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV" } });
const codesById = (items: ServerEnvelope[]) =>
  new Map(
    items.flatMap((item): [unknown, string][] => (item.type === "error" ? [[item.id, item.error.code]] : [])),
  );

/** Delivers frames to the room at one moment, from its only socket; the clock does not advance meanwhile. */
const deliver = (channel: string, frames: Iterable<string>) =>
  inRoom(channel, (room, state) => {
    const [ws] = subscriberSockets(state);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60 });
    for (const frame of frames) room.webSocketMessage(ws!, frame);
    vi.useRealTimers();
  });

test("[RM16] a full queue is `unavailable`; accepted commands execute in order", async () => {
  const [ann] = await createUsers("ann");
  const channel = await createChannelFor(ann!);
  const socket = await rawSocket(channel, ann!);
  await deliver(channel, [
    // The first runs at once; then the queue fills to its limit.
    ...Array.from({ length: capacity }, (_, id) => nothing(id)),
    JSON.stringify(messageFrame("the last that was taken", "n", "last")),
    ...[1, 2, 3].map((n) => JSON.stringify(messageFrame("too much", `${n}`, `over ${n}`))),
  ]);
  const items = await socket.until('"type":"messageCreate"');
  const codes = codesById(items);
  for (let id = 0; id < capacity; id++)
    if (codes.get(id) !== "not_found") expect.fail(`${id}: ${codes.get(id)}`);
  expect([1, 2, 3].map((n) => codes.get(`over ${n}`))).toEqual(["unavailable", "unavailable", "unavailable"]);
  const ids = items.flatMap((item) => (item.type === "error" || item.type === "ack" ? [item.id] : []));
  const taken = ids.filter((id) => !String(id).startsWith("over"));
  expect(
    taken.length === capacity + 1 && taken.every((id, index) => id === (index === capacity ? "last" : index)),
    "in order",
  ).toBe(true);
  expect((await roomLog(channel)).length).toBe(3);
  const again = await ann!.call("POST", `/v1/channels/${channel}/messages`, {
    content: "too much",
    nonce: "1",
  });
  expect([again.status, again.body.seq], "it may be sent again").toEqual([201, 4]);
});

test("[RM16] [RM1] over REST too, a full queue is `unavailable`", async () => {
  const [ann] = await createUsers("ann");
  const channel = await createChannelFor(ann!);
  const actor = { userId: ann!.userId, sessionId: ann!.sessionId, role: "member" as const };
  const outcomes = await inRoom(channel, (room) =>
    Promise.all(
      Array.from({ length: capacity + 3 }, () =>
        room.execute(actor, { type: "channelUpdate", data: { topic: "" } }),
      ),
    ),
  );
  const refused = outcomes.filter((outcome) => !outcome.ok);
  expect(refused.length).toBeGreaterThan(0);
  for (const outcome of refused)
    expect(outcome).toMatchObject({ problem: { code: "unavailable", retryAfterMs: 1_000 } });
});

/** Commands of one socket that may wait behind one that waits for an outside call. */
const lineLength = 100;

test("[RM16] [RM7] commands queued behind one that waits outside are bounded too", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!);
  const socket = await rawSocket(channel, ann!);
  const release = await blockHub(bob!.userId);
  const join = JSON.stringify({ id: "join", type: "memberJoin", data: { userId: bob!.userId } });
  await deliver(channel, [join, ...Array.from({ length: lineLength + 2 }, (_, id) => nothing(id))]);
  const early = codesById(await socket.until(`"id":${lineLength + 1},`));
  release();
  expect([...early]).toEqual([lineLength - 1, lineLength, lineLength + 1].map((id) => [id, "unavailable"]));
  const late = await socket.until(`"id":${lineLength - 2},`);
  expect(late.some((item) => item.type === "ack" && item.id === "join")).toBe(true);
  expect(codesById(late).get(lineLength - 2)).toBe("not_found");
}, 60_000);
