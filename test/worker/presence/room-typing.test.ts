import { afterEach, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { limits, signalTypes } from "../../../src/protocol/index.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { signalsOf } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom, roomLog, roomRows, roomTables } from "../../support/worker/objects/room-object.ts";

afterEach(() => void vi.useRealTimers());

const typingIn = (socket: TestSocket) =>
  signalsOf(socket).flatMap((item) => (item.type === "typing" ? [item.data] : []));
const settled = () => scheduler.wait(250);

async function scene() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const [asAnn, asBob] = [await ann.connect(channelId), await bob.connect(channelId)];
  return { ann, bob, channelId, asAnn, asBob };
}

test("[TY1] typing is sent to others in its own frame, not to the typist's devices", async () => {
  const { ann, bob, channelId, asAnn, asBob } = await scene();
  const phone = await (await createSession(bob)).connect(channelId);
  const inner = await connectRoom(channelId, ann);
  asBob.send({ type: "typing" });
  for (const socket of [asAnn, inner])
    expect(await socket.next("typing")).toEqual({
      type: "typing",
      channelId,
      data: { userId: bob.userId, threadId: null },
    });
  await settled();
  for (const socket of [asBob, phone]) expect(typingIn(socket)).toEqual([]);
  for (const frame of asAnn.frames) {
    const kinds = (JSON.parse(frame) as { type: string }[]).map(({ type }) =>
      (signalTypes as string[]).includes(type),
    );
    expect(new Set(kinds).size, frame).toBe(1);
  }
});

test("[TY1] typing is sent once per 3 s a user, and each frame with an id is answered", async () => {
  const { ann, bob, channelId, asAnn, asBob } = await scene();
  const phone = await (await createSession(bob)).connect(channelId);
  const { id: threadId } = await postMessage(ann, channelId, "a thread");
  for (let round = 0; round < 3; round++) {
    const places = round % 2 ? [{ threadId }, {}] : [{}, { threadId }];
    for (const socket of [asBob, phone, asBob])
      for (const place of places)
        expect(await socket.sendCommand("typing", place)).toMatchObject({ type: "ack", data: {} });
    await settled();
    expect(typingIn(asAnn), `round ${round}`).toHaveLength(round + 1);
    advanceClock(limits.typingEveryMs);
  }
  const { userId } = bob;
  expect(typingIn(asAnn)).toEqual([null, threadId, null].map((place) => ({ userId, threadId: place })));
});

test("[TY1] typing of two users at once reaches everyone else", async () => {
  const { ann, bob, channelId, asAnn, asBob } = await scene();
  const other = await connectRoom(channelId, await createSession(ann));
  asAnn.send({ type: "typing" });
  asBob.send({ type: "typing" });
  await settled();
  await settled();
  expect(typingIn(asAnn)).toEqual([{ userId: bob.userId, threadId: null }]);
  expect(typingIn(asBob)).toEqual([{ userId: ann.userId, threadId: null }]);
  expect(typingIn(other)).toEqual([{ userId: bob.userId, threadId: null }]);
});

test("[TY1] typing has no seq and is never stored", async () => {
  const { channelId, asAnn, asBob } = await scene();
  const before = [await roomTables(channelId), await roomRows(channelId, "SELECT key FROM due")];
  await asBob.sendCommand("typing");
  await asAnn.next("typing");
  expect([await roomTables(channelId), await roomRows(channelId, "SELECT key FROM due")]).toEqual(before);
  await evictRoom(channelId);
  expect(await roomLog(channelId)).toHaveLength(3);
});

test("[TY1] [RD6] typing is rejected with the same errors as a message", async () => {
  const { ann, channelId, asAnn, asBob } = await scene();
  const [eve] = (await createUsers("eve")) as [TestUser];
  const elsewhere = await postMessage(ann, await createChannelFor(ann), "of another channel");
  const root = await postMessage(ann, channelId, "a root");
  const path = `/v1/channels/${channelId}/messages`;
  const { body: reply } = await ann.call("POST", `${path}/${root.id}/thread`, { content: "a reply" });
  const { body: gone } = await ann.call("POST", path, { content: "gone" });
  await ann.call("DELETE", `${path}/${gone.id}`);
  const { body: ghost } = await ann.call("POST", path, { content: "gone, with a reply" });
  await ann.call("POST", `${path}/${ghost.id}/thread`, { content: "still here" });
  await ann.call("DELETE", `${path}/${ghost.id}`);
  const code = async (socket: TestSocket, data: object = {}) =>
    ((await socket.sendCommand("typing", data)) as any).error?.code ?? "ack";
  const asEve = await eve.connect(channelId);
  advanceClock(0);
  expect([await code(asEve), await code(asEve, { threadId: root.id })]).toEqual(["forbidden", "forbidden"]);
  for (const threadId of [reply.id, gone.id, elsewhere.id, newId("msg")])
    expect(await code(asBob, { threadId }), threadId).toBe("not_found");
  for (const threadId of [root.id, ghost.id]) {
    expect(await code(asBob, { threadId })).toBe("ack");
    vi.setSystemTime(Date.now() + limits.typingEveryMs);
  }
  for (const data of [{ threadId: "nonsense" }, { threadId: null }, { more: 1 }])
    expect(await code(asBob, data)).toBe("validation_failed");
  asBob.send({ type: "typing", data: { threadId: newId("msg") } });
  expect(await asBob.waitFor((item) => item.type === "error" && item.id === undefined)).toMatchObject({
    error: { code: "not_found" },
  });
  await settled();
  expect(typingIn(asAnn).map(({ threadId }) => threadId)).toEqual([root.id, ghost.id]);
  await ann.call("DELETE", `/v1/channels/${channelId}`);
  expect([await code(asBob), await code(asAnn)]).toEqual(["conflict", "conflict"]);
});
