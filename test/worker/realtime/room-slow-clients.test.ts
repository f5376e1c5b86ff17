import { afterEach, expect, test, vi } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { connectRoom, requestRoomSocket } from "../../support/worker/clients/object-sockets.ts";
import { signalsOf } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { fakeUsers } from "../../support/worker/fakes/object-methods.ts";
import {
  createSession,
  createUser,
  createUsers,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import {
  inRoom,
  sendTogether,
  setRoomConfig,
  subscriberSockets,
} from "../../support/worker/objects/room-object.ts";

afterEach(() => void vi.restoreAllMocks());

const MiB = 1024 * 1024;
const weight = (socket: TestSocket) =>
  socket.frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);
const types = (socket: TestSocket): string[] => signalsOf(socket).map(({ type }) => type);

/** Reads and confirms with `seen`. */
class Confirming {
  readonly socket: TestSocket;
  #confirmed = 0;

  constructor(socket: TestSocket) {
    this.socket = socket;
  }

  confirm(): void {
    const bytes = weight(this.socket) - this.#confirmed;
    this.socket.send({ type: "seen", data: { bytes } });
    this.#confirmed += bytes;
  }
}

/** In each round Ann writes 0.49 MiB, then the given clients confirm. */
async function flood(
  channelId: string,
  ann: TestUser,
  rounds: number,
  confirming: Confirming,
): Promise<void> {
  const { socket } = confirming;
  for (let round = 0; round < rounds; round++) {
    const head = socket.events.at(-1)?.seq ?? (socket.seen[0] as any).data.seq;
    await sendTogether(
      channelId,
      Array.from({ length: 16 }, () => [ann, messageFrame("🙂".repeat(8_000))] as const),
    );
    await socket.waitForSeq(head + 16);
    confirming.confirm();
  }
}

test("[LM2] a client 2 MiB behind misses only typing and presence until it confirms", async () => {
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cid]);
  const [asAnn, slow] = [await ann.connect(channelId), await bob.connect(channelId)];
  const quick = new Confirming(asAnn);
  await flood(channelId, ann, 3, quick);
  const asCid = await cid.connect(channelId);
  expect((await slow.next("userOnline")).data).toEqual({ userId: cid.userId });
  await flood(channelId, ann, 2, quick);
  asCid.send({ type: "typing" });
  await asAnn.next("typing");
  asCid.send(messageFrame("still told", undefined, "said"));
  await asCid.waitFor((item) => item.type === "ack" && item.id === "said");
  await slow.waitForSeq(asCid.events.at(-1)!.seq);
  expect(types(slow)).toEqual(["userOnline"]);
  expect(slow.events.map(({ seq }) => seq)).toEqual(asAnn.events.map(({ seq }) => seq));
  // Confirming more than was sent gives no credit for later.
  slow.send({ type: "seen", data: { bytes: Number.MAX_SAFE_INTEGER } });
  await slow.sendCommand("ping").catch(() => undefined);
  await connectRoom(channelId, await createUser("dan"));
  await eventually(() => types(slow).length === 2, "a signal after the confirmation");
  await flood(channelId, ann, 5, quick);
  await connectRoom(channelId, await createUser("eve"));
  await eventually(() => types(asAnn).filter((type) => type === "userOnline").length >= 3, "the last one");
  expect(types(slow)).toHaveLength(2);
});

test("[LM2] slow clients share a memory limit: the slowest is closed with 4408", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await setRoomConfig(channelId, { ROOM_SLOW_BYTES: 7.5 * MiB });
  const quick = new Confirming(await ann.connect(channelId));
  const slowest = await bob.connect(channelId);
  await flood(channelId, ann, 2, quick);
  const others = [
    await (await createSession(bob)).connect(channelId),
    await (await createSession(bob)).connect(channelId),
  ];
  // The clients are behind by 2.9, 2 and 2 MiB.
  await flood(channelId, ann, 4, quick);
  expect(await slowest.sendCommand("messageCreate", { content: "I live still" })).toMatchObject({
    type: "ack",
  });
  // Now by 3.4, 2.4 and 2.4 MiB.
  await flood(channelId, ann, 1, quick);
  expect((await slowest.closed).code).toBe(4408);
  expect(weight(slowest)).toBeLessThan(4 * MiB);
  for (const other of others)
    expect(await other.sendCommand("messageCreate", { content: "I live" })).toMatchObject({ type: "ack" });
  // Its share is free again: the other two may be behind by 2.9 MiB each.
  await flood(channelId, ann, 1, quick);
  for (const other of others)
    expect(await other.sendCommand("messageCreate", { content: "I live" })).toMatchObject({ type: "ack" });
});

test("[LM2] a client that falls behind and catches up repeatedly costs others nothing", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await setRoomConfig(channelId, { ROOM_SLOW_BYTES: 3 * MiB });
  const quick = new Confirming(await ann.connect(channelId));
  const slow = new Confirming(await bob.connect(channelId));
  for (let round = 0; round < 4; round++) {
    await flood(channelId, ann, 5, quick);
    slow.confirm();
    expect(await slow.socket.sendCommand("messageCreate", { content: "I live" })).toMatchObject({
      type: "ack",
    });
  }
});

test("[LM2] memory of twenty stalled clients in a flood is bounded; others do not wait", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await setRoomConfig(channelId, { ROOM_SLOW_BYTES: 10 * MiB });
  const quick = new Confirming(await ann.connect(channelId));
  const codes: number[] = [];
  for (const stranger of fakeUsers(20)) {
    const ws = (await requestRoomSocket(channelId, stranger)).webSocket!;
    ws.addEventListener("close", ({ code }) => void codes.push(code));
    ws.accept();
  }
  await flood(channelId, ann, 5, quick);
  await eventually(() => codes.length === 16, "the end of those who are too many");
  await flood(channelId, ann, 2, quick);
  await eventually(() => codes.length === 18, "the end of more");
  expect(new Set(codes)).toEqual(new Set([4408]));
  const open = await inRoom(channelId, (_, state) => subscriberSockets(state).length);
  expect(open).toBe(3);
  expect(await quick.socket.sendCommand("messageCreate", { content: "all is well" })).toMatchObject({
    type: "ack",
  });
});
