import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { roomLog, setRoomConfig } from "../../support/worker/objects/room-object.ts";

afterEach(() => void vi.useRealTimers());

const answers = (socket: TestSocket): any[] =>
  socket.seen.filter(({ type }) => type === "ack" || type === "error");
const refusals = (socket: TestSocket): any[] =>
  answers(socket).filter(({ error }) => error?.code === "rate_limited");

async function scene(burst: number, refusalsAMinute = 200) {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await setRoomConfig(channelId, {
    SOCKET_COMMANDS_PER_SECOND: 20,
    SOCKET_COMMANDS_BURST: burst,
    SOCKET_REJECTIONS_PER_MINUTE: refusalsAMinute,
  });
  // The clock must not advance while a test counts tokens.
  advanceClock(0);
  return { ann, bob, channelId, asAnn: await ann.connect(channelId), asBob: await bob.connect(channelId) };
}

/** Waits until all frames are answered. */
async function sendAll(socket: TestSocket, count: number): Promise<void> {
  for (let id = 0; id < count; id++) socket.send(messageFrame(`message ${id}`, undefined, id));
  await eventually(() => answers(socket).length === count, "all answers");
}

test("[LM1] a frame above the burst is rejected with a retry time and its id", async () => {
  const { channelId, asAnn, asBob } = await scene(60);
  expect(asAnn.seen[0]).toMatchObject({ data: { limits: { commandsPerSecond: 20, commandsBurst: 60 } } });
  await sendAll(asAnn, 80);
  expect(refusals(asAnn).map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, at) => 60 + at));
  for (const { error } of refusals(asAnn)) {
    expect(error).toMatchObject({ status: 429, code: "rate_limited" });
    expect(error.retryAfterMs).toBeGreaterThan(0);
    expect(error.retryAfterMs).toBeLessThanOrEqual(50);
  }
  expect(await roomLog(channelId)).toHaveLength(63);
  expect(await asBob.sendCommand("messageCreate", { content: "I am another socket" })).toMatchObject({
    type: "ack",
  });
  vi.setSystemTime(Date.now() + 50);
  expect(await asAnn.sendCommand("messageCreate", { content: "one more" })).toMatchObject({ type: "ack" });
  expect(await asAnn.sendCommand("messageCreate", { content: "and no other" })).toMatchObject({
    error: { code: "rate_limited" },
  });
});

test("[LM1] every kind of frame counts, also unreadable ones; only `seen` does not", async () => {
  const { asAnn } = await scene(7);
  for (let n = 0; n < 50; n++) asAnn.send({ type: "seen", data: { bytes: 1 } });
  const frames = [
    { id: 0, type: "ping" },
    { id: 1, type: "typing" },
    { id: 2, type: "read", data: { seq: 1 } },
    { id: 3, type: "nonsense" },
    { id: 4, type: "subscribe" },
    { id: 5, type: "statusUpdate", data: { idle: true } },
    { id: 6, type: "messagePin", channelId: "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV", data: {} },
  ];
  for (const frame of frames) asAnn.send(frame);
  for (const { id, type } of frames.map((frame, at) => ({ ...frame, id: 10 + at }))) asAnn.send({ id, type });
  await asAnn.waitFor((item) => item.type === "error" && item.id === 16);
  expect(refusals(asAnn).map(({ id }) => id)).toEqual([10, 11, 12, 13, 14, 15, 16]);
});

test("[LM1] a socket that continues is closed with 4429; others stay open", async () => {
  const { ann, asAnn, asBob, channelId } = await scene(5, 10);
  for (let id = 0; id < 40; id++) asAnn.send(messageFrame("too much", undefined, id));
  expect((await asAnn.closed).code).toBe(4429);
  expect(refusals(asAnn)).toHaveLength(10);
  expect(await asBob.sendCommand("messageCreate", { content: "I live" })).toMatchObject({ type: "ack" });
  const again = await ann.connect(channelId);
  expect(await again.sendCommand("messageCreate", { content: "anew" })).toMatchObject({ type: "ack" });
});

test("[LM1] rare rejections do not close the socket", async () => {
  const { asAnn } = await scene(1, 3);
  for (let id = 0; id < 8; id++) {
    asAnn.send({ id, type: "ping" });
    asAnn.send({ id, type: "ping" });
    await asAnn.waitFor((item) => item.type === "error" && item.id === id);
    vi.setSystemTime(Date.now() + 31_000);
  }
  expect(refusals(asAnn).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(await asAnn.sendCommand("messageCreate", { content: "I live" })).toMatchObject({ type: "ack" });
});

test("[LM1] [RM11] frames through a gateway are counted there, not in the room", async () => {
  const { bob, channelId } = await scene(3, 3);
  const inner = await connectRoom(channelId, bob);
  await sendAll(inner, 30);
  for (let n = 0; n < 30; n++) inner.send("nonsense");
  expect(await inner.sendCommand("messageCreate", { content: "I live" })).toMatchObject({ type: "ack" });
  expect(refusals(inner)).toEqual([]);
});
