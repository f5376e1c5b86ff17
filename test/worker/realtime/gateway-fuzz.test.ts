import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import type { ServerEnvelope } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { orderViolations } from "../../support/worker/assertions/socket-order.ts";
import { connectGateway, type GatewaySocket } from "../../support/worker/clients/gateway-client.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { type HostileFrame, hostileFrames } from "../../support/worker/generators/hostile-frames.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const seed = Number(Math.floor(Math.random() * 2 ** 31));
const [frames, atOnce] = [2_000, 25];

const answersTo = (socket: GatewaySocket, { id }: HostileFrame): ServerEnvelope[] =>
  socket.seen.filter(
    (item) => "id" in item && item.id === id && ["ack", "error", "pong"].includes(item.type),
  );

/** Whether a frame has received its answer. */
function isAnswered(socket: GatewaySocket, frame: HostileFrame, since: number): boolean {
  if (frame.id === undefined || frame.type === "seen" || answersTo(socket, frame).length > 0) return true;
  const about = socket.seen
    .slice(since)
    .filter((item) => "channelId" in item && item.channelId === frame.channelId);
  if (frame.type === "subscribe") return about.some(({ type }) => type === "subscribed");
  // A frame to a room that removed its sender has no effect, and `unsubscribed` reports that.
  return about.some(
    (item) =>
      item.type === "unsubscribed" && (frame.type === "unsubscribe" || item.data.reason === "removed"),
  );
}

test(`[ER1] [RM11] [GW3] [GW4] random frames are answered in order (seed ${seed})`, async () => {
  setWorkerConfig({ SOCKET_INVALID_FRAMES_PER_MINUTE: 1_000_000, GATEWAY_CHANNELS: 2 });
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelIds = await Promise.all([1, 2, 3].map(() => createChannelFor(ann, [bob])));
  const hidden = await createChannelFor(ann, [], { isPrivate: true });
  const posted = await Promise.all(
    channelIds.map((id) => bob.call("POST", `/v1/channels/${id}/messages`, { content: "a" })),
  );
  const world = {
    channelIds,
    otherIds: [hidden, newId("chn")],
    messageIds: posted.map(({ body }) => body.id as string),
    userIds: [ann.userId, bob.userId],
  };
  const all = hostileFrames(frames, seed, world);
  const socket = await connectGateway(bob);
  const { lines } = await captureLogs(async () => {
    for (let at = 0; at < all.length; at += atOnce) {
      const since = socket.seen.length;
      const batch = all.slice(at, at + atOnce);
      for (const { text } of batch) socket.ws.send(text);
      await eventually(
        () => batch.every((frame) => isAnswered(socket, frame, since)),
        `an answer to ${batch.map(({ text }) => (typeof text === "string" ? text : "bytes")).join("\n")}`,
      );
    }
  });
  expect(lines.filter(({ level }) => level === "error")).toEqual([]);
  const errors = socket.seen.flatMap((item) => (item.type === "error" ? [item.error] : []));
  expect(errors.filter(({ status }) => status >= 500)).toEqual([]);
  for (const frame of all)
    if (frame.id) expect(answersTo(socket, frame).length, String(frame.text)).toBeLessThanOrEqual(1);
  for (const id of channelIds) expect(orderViolations(socket.envelopesOf(id))).toEqual([]);
  for (const id of world.otherIds)
    expect(socket.envelopesOf(id).every(({ type }) => ["error", "unsubscribed"].includes(type))).toBe(true);
  expect(await socket.sendCommand("statusUpdate", {})).toMatchObject({ type: "ack" });
}, 120_000);
