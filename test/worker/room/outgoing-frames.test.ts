import { expect, test } from "vitest";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUser, createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { evictRoom, sendTogether } from "../../support/worker/objects/room-object.ts";

const KiB = 1024;

test("[RM12] frames have at most 256 KiB of whole envelopes, live and replayed", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const live = await ann.connect(channel);
  // 8,000 characters, which are 8 to 48 kB as JSON.
  const fillers = ["x", "é", "€", "🙂", "\u0001", '"'];
  await sendTogether(
    channel,
    Array.from({ length: 60 }, (_, n) => [ann, messageFrame(fillers[n % 6]!.repeat(8_000))] as const),
  );
  await live.waitForSeq(62);
  await evictRoom(channel);
  const replayed = await ann.connect(channel, "?since=0");
  for (const socket of [live, replayed]) {
    const sizes = socket.frames.map((frame) => Buffer.byteLength(frame));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * KiB);
    expect(Math.max(...sizes), "they are filled").toBeGreaterThan(192 * KiB);
    expect(socket.events.map(({ data }) => (data as any).message?.content).filter(Boolean)).toEqual(
      Array.from({ length: 60 }, (_, n) => fillers[n % 6]!.repeat(8_000)),
    );
  }
});

test("[RM15] a client 8 MiB behind is closed with 4408 unless it confirms", async () => {
  const [ann, bob, cat] = await createUsers("ann", "bob", "cat");
  const channel = await createChannelFor(ann!, [bob!, cat!]);
  const [asAnn, asBob, asCat] = [
    await ann!.connect(channel),
    await bob!.connect(channel),
    await cat!.connect(channel),
  ];
  const content = "🙂".repeat(8_000);
  const weight = (socket: TestSocket) =>
    socket.frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);
  const confirmed = { ann: 0, cat: 0 };
  const confirm = (name: "ann" | "cat", socket: TestSocket) => {
    socket.send({ type: "seen", data: { bytes: weight(socket) - confirmed[name] } });
    confirmed[name] = weight(socket);
  };
  let closed = false;
  void asBob.closed.then(() => void (closed = true));
  for (let round = 1; round <= 14; round++) {
    await sendTogether(
      channel,
      Array.from({ length: 20 }, () => [ann!, messageFrame(content)] as const),
    );
    const head = 4 + round * 20;
    await Promise.all([asAnn.waitForSeq(head), asCat.waitForSeq(head)]);
    confirm("ann", asAnn);
    confirm("cat", asCat);
    if (weight(asBob) < 7.5 * KiB * KiB) expect(closed, "not before").toBe(false);
  }
  expect((await asBob.closed).code).toBe(4408);
  expect(weight(asBob)).toBeLessThanOrEqual(8 * KiB * KiB);
  expect(weight(asBob)).toBeGreaterThan(7.5 * KiB * KiB);
  expect(asCat.events).toHaveLength(280);
  const back = await bob!.connect(channel, `?since=${asBob.events.at(-1)!.seq}`);
  expect([...asBob.events, ...back.events].map(({ seq }) => seq)).toEqual(asCat.events.map(({ seq }) => seq));
});
