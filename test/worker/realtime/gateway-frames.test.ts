import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { connectGateway, type GatewaySocket } from "../../support/worker/clients/gateway-client.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { roomLog } from "../../support/worker/objects/room-object.ts";

const KiB = 1024;
const deep = (open: string, close: string, depth = 20_000) => open.repeat(depth) + close.repeat(depth);
const lives = async (socket: GatewaySocket, id: string) =>
  expect(await socket.sendCommand("messageCreate", { content: "I live" }, id)).toMatchObject({ type: "ack" });

test("[RM11] each unreadable frame is answered by an error, and the socket stays open", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const broken = [
    "",
    " ",
    "null",
    "7",
    "[]",
    "[{}]",
    "{}",
    "{",
    "not json",
    "pong",
    " ping",
    '"ping"',
    '{"type":7}',
    "\u0000",
    "\ufeff{}",
    deep("[", "]"),
    `{"type":"messageCreate","channelId":"${id}","data":${deep("[", "]")}}`,
    `{"type":"subscribe","channelId":"${id}","data":${deep('{"a":', "}", 8_000).replace("}", "1}")}}`,
    `{"type":"subscribe","channelId":"${id}","data":{"since":-1}}`,
    `{"type":"subscribe","channelId":"${id}","data":{"since":1e400}}`,
    `{"type":"subscribe","channelId":"${id}","data":{"since":9007199254740993}}`,
    `{"type":"subscribe","channelId":"${id}","data":{"epoch":"a\\nb-12345"}}`,
    `{"type":"subscribe","channelId":"${id}\\r\\nX-Parley-Actor: {}"}`,
    `{"type":"subscribe","channelId":"../${id}"}`,
    `{"type":"subscribe","channelId":"${id}","__proto__":{"x":1}}`,
    '{"type":"subscribe","channelId":null}',
    '{"type":"statusUpdate","data":{"custom":{"text":"\\ud800"}}}',
    '{"type":"seen","data":{"bytes":-1}}',
    '{"type":"seen"}',
    `{"type":"messageCreate","channelId":"${id}","data":{"content":"a","${"k".repeat(60_000)}":1}}`,
    `{"type":"messageCreate","channelId":"${id}","data":{"content":"a\\ud83d"}}`,
  ];
  const { lines } = await captureLogs(async () => {
    for (const frame of broken) {
      const socket = await connectGateway(ann);
      socket.send(frame);
      const error = await socket.next("error");
      expect(error.error.code, frame.slice(0, 80)).toBe("validation_failed");
      expect(JSON.stringify(error).length).toBeLessThan(2 * KiB);
      await lives(socket, id);
      socket.close();
    }
  });
  expect(lines.filter(({ level }) => level === "error")).toEqual([]);
  expect(await roomLog(id)).toHaveLength(2 + broken.length);
});

test("[RM11] a frame without its channel names the missing field; unknown types fail", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  for (const [type, data] of [
    ["messageCreate", { content: "a" }],
    ["subscribe", {}],
    ["unsubscribe", {}],
    ["typing", {}],
  ] as const)
    expect(await socket.sendCommand(type, data)).toMatchObject({
      type: "error",
      error: { code: "validation_failed", issues: [{ path: "channelId" }] },
    });
  for (const type of [
    "nonsense",
    "",
    "hello",
    "ack",
    "subscribed",
    "__proto__",
    "constructor",
    "messageCreate ",
  ])
    expect(await socket.sendCommand(type, { content: "a" }, id), type).toMatchObject({
      error: { code: "validation_failed" },
    });
  await lives(socket, id);
});

test("[RM11] a client's id is returned unchanged by every object", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  for (const frameId of [0, -1, 2 ** 53 - 1, "7", 'a"b\\', "🙂", "\u2028", '","x":"', "\ud800"]) {
    for (const [frame, type] of [
      [messageFrame("a"), "ack"],
      [{ type: "messageDelete", data: { messageId: newId("msg") } }, "error"],
      [{ type: "subscribe", data: { since: -1 } }, "error"],
      [{ type: "typing" }, "error"],
      [{ type: "ping" }, "pong"],
    ] as const) {
      socket.send({ ...frame, id: frameId, channelId: id });
      expect((await socket.next(type)).id).toBe(frameId);
    }
    socket.send({ type: "statusUpdate", data: { idle: true }, id: frameId });
    expect((await socket.next("ack")).id).toBe(frameId);
    socket.send({ type: "subscribe", id: frameId, channelId: "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV" });
    expect((await socket.next("error")).id).toBe(frameId);
  }
});

test("[RM11] binary frames are errors, 64 KiB is the limit, 1 MiB closes; bytes count", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  const code = async (frame: string | Uint8Array) => {
    socket.ws.send(frame);
    return (await socket.next("error")).error.code;
  };
  const padded = (bytes: number, filler = " ") => {
    const frame = JSON.stringify({ type: "typing", channelId: id });
    return frame + filler.repeat(Math.max(0, Math.ceil((bytes - frame.length) / Buffer.byteLength(filler))));
  };
  expect(await code(new TextEncoder().encode(padded(0)))).toBe("validation_failed");
  expect(await code(new Uint8Array(0))).toBe("validation_failed");
  expect(await code(padded(64 * KiB))).toBe("conflict");
  expect(await code(padded(64 * KiB + 1))).toBe("payload_too_large");
  expect(await code(padded(64 * KiB + 1, "€"))).toBe("payload_too_large");
  expect(await code(padded(1024 * KiB))).toBe("payload_too_large");
  await lives(socket, id);
  for (const tooBig of [
    padded(1024 * KiB + 1),
    padded(1024 * KiB + 3, "€"),
    new Uint8Array(1024 * KiB + 1),
  ]) {
    const other = await connectGateway(ann);
    other.ws.send(tooBig);
    expect((await other.closed).code).toBe(1009);
  }
});

test("[RM11] 20 unreadable frames a minute close with 4400; rejections do not count", async () => {
  const ann = await createUser("ann");
  const id = await createChannelFor(ann);
  const [socket, other] = [await connectGateway(ann), await connectGateway(ann)];
  for (let n = 0; n < 19; n++) socket.send(n % 2 ? "nonsense" : messageFrame("no channel"));
  for (let n = 0; n < 30; n++) await socket.sendCommand("messageDelete", { messageId: newId("msg") }, id);
  await lives(socket, id);
  socket.send("nonsense");
  socket.send({ ...messageFrame("after the end"), channelId: id });
  expect((await socket.closed).code).toBe(4400);
  expect(socket.seen.filter((item) => item.type === "error" && item.id === undefined)).toHaveLength(20);
  await lives(other, id);
  expect(await roomLog(id)).toHaveLength(4);
});
