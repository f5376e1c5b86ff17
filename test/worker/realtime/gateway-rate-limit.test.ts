import { expect, test } from "vitest";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

test("[LM1] a frame above the rate limit is rejected with a retry time", async () => {
  setWorkerConfig({ SOCKET_COMMANDS_PER_SECOND: 4, SOCKET_COMMANDS_BURST: 6 });
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  await socket.expectSubscribed(id);
  for (let n = 0; n < 10; n++) socket.send({ ...messageFrame(`${n}`, undefined, n), channelId: id });
  const error = await socket.next("error");
  expect(error).toMatchObject({ error: { code: "rate_limited", status: 429 } });
  const { retryAfterMs } = error.error;
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(250);
  await scheduler.wait(retryAfterMs! + 10);
  socket.send({ ...messageFrame("again", undefined, "again"), channelId: id });
  await socket.waitFor((item) => item.type === "ack" && item.id === "again");
  const answered = socket.seen.flatMap((item) =>
    item.type === "ack" || item.type === "error" ? [item.id] : [],
  );
  expect(answered.toSorted()).toEqual([...Array.from({ length: 10 }, (_, n) => n), "again"].toSorted());
  const acks = socket.seen.filter(({ type }) => type === "ack");
  expect(acks).toHaveLength(6);
  expect((await listEvents(id, ann)).slice(2).map(({ data }) => (data as any).message.content)).toEqual([
    ..."01234",
    "again",
  ]);
});

test("[LM1] `seen` and bare `ping` are free; every other frame counts, even invalid", async () => {
  setWorkerConfig({ SOCKET_COMMANDS_PER_SECOND: 1, SOCKET_COMMANDS_BURST: 8 });
  const ann = await createUser("ann");
  const socket = await connectGateway(ann);
  for (let n = 0; n < 100; n++) socket.send({ type: "seen", data: { bytes: 1 } });
  for (let n = 0; n < 8; n++) socket.send("ping");
  for (const frame of [
    { type: "ping" },
    { type: "nonsense" },
    { type: "statusUpdate", data: {} },
    { type: "subscribe", channelId: "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV" },
    { type: "unsubscribe", channelId: "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV" },
    { type: "typing", channelId: "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV" },
    messageFrame("without a channel"),
  ])
    socket.send(frame);
  socket.ws.send(new Uint8Array(3));
  socket.send({ id: "one too many", type: "ping" });
  const error = await socket.waitFor((item) => item.type === "error" && item.id === "one too many");
  expect(error).toMatchObject({ error: { code: "rate_limited" } });
  expect(socket.frames.filter((frame) => frame === "pong")).toHaveLength(8);
  const codes = socket.seen.flatMap((item) => (item.type === "error" ? [item.error.code] : []));
  expect(codes.filter((code) => code === "rate_limited")).toHaveLength(1);
});

test("[LM1] a `subscribe` above the rate limit is rejected with its channel", async () => {
  setWorkerConfig({ SOCKET_COMMANDS_PER_SECOND: 1, SOCKET_COMMANDS_BURST: 1 });
  const ann = await createUser("ann");
  const [one, two] = [await createChannelFor(ann), await createChannelFor(ann)];
  const socket = await connectGateway(ann);
  socket.send({ type: "subscribe", channelId: one });
  expect(await socket.subscribe(two)).toMatchObject({ channelId: two, error: { code: "rate_limited" } });
  await socket.next("subscribed");
});

test("[LM1] a socket that continues is closed with 4429; the user's others stay open", async () => {
  setWorkerConfig({
    SOCKET_COMMANDS_PER_SECOND: 1,
    SOCKET_COMMANDS_BURST: 5,
    SOCKET_REJECTIONS_PER_MINUTE: 10,
  });
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const [socket, other] = [await connectGateway(ann), await connectGateway(ann)];
  await socket.expectSubscribed(id);
  for (let n = 0; n < 40; n++) socket.send({ ...messageFrame(`${n}`, undefined, n), channelId: id });
  expect((await socket.closed).code).toBe(4429);
  expect(socket.seen.filter(({ type }) => type === "error")).toHaveLength(10);
  expect(await other.expectSubscribed(id)).toMatchObject({ data: { onlineCount: 1 } });
  expect((await listEvents(id, ann)).slice(2).length, "no more than were let through").toBeLessThanOrEqual(4);
});

test("[LM1] bare `ping` above the frame rate is not always answered, then closes", async () => {
  setWorkerConfig({
    SOCKET_COMMANDS_PER_SECOND: 1,
    SOCKET_COMMANDS_BURST: 5,
    SOCKET_REJECTIONS_PER_MINUTE: 10,
  });
  const socket = await connectGateway(await createUser("ann"));
  for (let n = 0; n < 40; n++) socket.send("ping");
  expect((await socket.closed).code).toBe(4429);
  expect(socket.frames.filter((frame) => frame === "pong")).toHaveLength(5);
});
