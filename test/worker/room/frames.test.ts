import { expect, test } from "vitest";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { roomLog } from "../../support/worker/objects/room-object.ts";

const KiB = 1024;
/** A frame of exactly this many bytes that is valid except for its size. */
const frameOf = (bytes: number, filler = "x") => {
  const [head, tail] = ['{"type":"messageCreate","data":{"content":"', '"}}'];
  return (
    head + filler.repeat(Math.floor((bytes - head.length - tail.length) / Buffer.byteLength(filler))) + tail
  );
};
const lives = async (socket: TestSocket) =>
  expect(await socket.sendCommand("messageCreate", { content: "I live" })).toMatchObject({ type: "ack" });

test("[RM11] each unreadable frame is answered by an error, and the socket stays open", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const deep = (open: string, close: string, depth = 20_000) => open.repeat(depth) + close.repeat(depth);
  const broken = [
    "",
    " ",
    "null",
    "7",
    '"text"',
    "[]",
    "[{}]",
    "{}",
    "{",
    "not json",
    "pong",
    '{"type":7}',
    '{"type":"messageCreate"',
    "\u0000",
    "\ufeff{}",
    '{"type":"messageCreate","data":[]}',
    '{"type":"messageCreate","data":null}',
    '{"type":"messageCreate","data":"x"}',
    "[[]".repeat(2_000),
    deep("[", "]"),
    `{"type":"messageCreate","data":${deep("[", "]")}}`,
    `{"type":"messageCreate","data":{"content":${deep('{"a":', "}", 8_000).replace("}", "1}")}}}`,
    '{"type":"messageCreate","data":{"content":"a"},"__proto__":{"x":1}}',
    '{"type":"messageCreate","data":{"content":"a","__proto__":1}}',
    `{"type":"messageCreate","data":{"${"k".repeat(60_000)}":1}}`,
  ];
  for (const frame of broken) {
    const socket = await ann.connect(channel);
    socket.send(frame);
    const error = await socket.next("error");
    expect(error.error.code, frame.slice(0, 60)).toBe("validation_failed");
    expect(JSON.stringify(error).length).toBeLessThan(2 * KiB);
    await lives(socket);
    socket.close();
  }
  expect(await roomLog(channel), "nothing but what the live ones said").toHaveLength(2 + broken.length);
});

test("[RM11] unknown types and names of Object's properties are errors", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  const types = [
    "nonsense",
    "",
    "hello",
    "ack",
    "subscribed",
    "channelCreate",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "messagecreate",
    "messageCreate ",
  ];
  for (const type of types)
    expect(await socket.sendCommand(type, { content: "a" }), type).toMatchObject({
      type: "error",
      error: { code: "validation_failed" },
    });
  await lives(socket);
});

test("[RM11] the error carries the frame's id wherever it can be read", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  const frames: [object | string, unknown][] = [
    [{ id: 1, type: "nonsense" }, 1],
    [{ id: "two", type: 2 }, "two"],
    [{ id: 3 }, 3],
    [{ id: 4, type: "messageCreate", data: { content: "a" }, more: 1 }, 4],
    [{ id: 5, type: "messageCreate", channelId: "nonsense", data: { content: "a" } }, 5],
    [
      { id: 6, type: "messageCreate", channelId: "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV", data: { content: "a" } },
      6,
    ],
    [{ id: 7, type: "seen", data: { bytes: -1 } }, 7],
    [{ id: -8, type: "messageCreate", data: {} }, -8],
    [{ id: {}, type: "ping" }, undefined],
    [{ id: null, type: "ping" }, undefined],
    [{ id: 1.5, type: "ping" }, undefined],
    [{ id: "x".repeat(65), type: "ping" }, undefined],
    ['{"id":13,', undefined],
  ];
  for (const [frame, id] of frames) {
    socket.send(frame);
    const error = await socket.next("error");
    expect(error.id, JSON.stringify(frame)).toBe(id);
  }
});

test("[RM11] a client's id is returned unchanged: string or integer, quotes and all", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  for (const id of [0, -1, 2 ** 53 - 1, "7", 'a"b\\', "🙂", "\u2028", '","x":"', "\ud800"]) {
    socket.send(messageFrame("a", undefined, id));
    expect((await socket.next("ack")).id).toBe(id);
    socket.send({ id, type: "messageDelete", data: { messageId: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV" } });
    expect((await socket.next("error")).id).toBe(id);
    socket.send({ id, type: "ping" });
    expect((await socket.next("pong")).id).toBe(id);
  }
});

test("[RM11] binary frames are errors, even if they hold valid JSON", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  for (const bytes of [
    new Uint8Array(0),
    new TextEncoder().encode(JSON.stringify(messageFrame("a"))),
    new Uint8Array(100 * KiB),
  ]) {
    socket.ws.send(bytes);
    expect((await socket.next("error")).error.code).toBe("validation_failed");
  }
  await lives(socket);
});

test("[RM11] 64 KiB is the limit, above `payload_too_large`, 1 MiB closes; bytes count", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  const code = async (frame: string) => {
    socket.send(frame);
    return (await socket.next("error")).error.code;
  };
  expect(await code(frameOf(64 * KiB))).toBe("validation_failed");
  expect(await code(frameOf(64 * KiB + 1))).toBe("payload_too_large");
  expect(await code(frameOf(64 * KiB + 3, "€"))).toBe("payload_too_large");
  expect(await code(frameOf(1024 * KiB))).toBe("payload_too_large");
  await lives(socket);
  const full = messageFrame("🙂".repeat(8_000), "🙂".repeat(64));
  const { data } = (await socket.sendCommand("messageCreate", full.data)) as any;
  expect(data.message.content === full.data.content, "as sent").toBe(true);
  for (const tooBig of [
    frameOf(1024 * KiB + 1),
    frameOf(1024 * KiB + 64, "€"),
    new Uint8Array(1024 * KiB + 1),
  ]) {
    const other = await ann.connect(channel);
    other.ws.send(tooBig);
    expect((await other.closed).code).toBe(1009);
  }
});

test("[RM11] 20 unreadable frames a minute close with 4400; rejections do not count", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  for (let n = 0; n < 19; n++) socket.send("nonsense");
  for (let n = 0; n < 40; n++)
    expect(
      (await socket.sendCommand("messageDelete", { messageId: "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV" })).type,
    ).toBe("error");
  await lives(socket);
  const other = await ann.connect(channel);
  socket.send("nonsense");
  socket.send(messageFrame("after the end"));
  expect((await socket.closed).code).toBe(4400);
  expect(
    socket.seen.filter((item) => item.type === "error" && item.id === undefined),
    "each was answered",
  ).toHaveLength(20);
  await lives(other);
  expect((await listEvents(channel, ann)).map(({ data }) => (data as any).message?.content)).toEqual([
    undefined,
    undefined,
    "I live",
    "I live",
  ]);
});
