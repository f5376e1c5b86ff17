import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { connectGateway, type GatewaySocket } from "../../support/worker/clients/gateway-client.ts";
import { pauseAttach } from "../../support/worker/fakes/object-methods.ts";
import {
  createSession,
  createUser,
  createUsers,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { evictHub, hubStub } from "../../support/worker/objects/hub-object.ts";
import { evictRoom, inRoom } from "../../support/worker/objects/room-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

const open = (_: unknown, state: DurableObjectState): number =>
  state.getWebSockets().filter(({ readyState }) => readyState === WebSocket.OPEN).length;
/** Asserts that these rooms and this hub have no sockets. */
const allGone = (userId: string, ids: readonly string[]) =>
  eventually(async () => {
    const left = await Promise.all([
      runInDurableObject(hubStub(userId), open),
      ...ids.map((id) => inRoom(id, open)),
    ]);
    return left.every((count) => count === 0);
  }, "the end of all that stood for the socket");

async function stage(): Promise<{ ann: TestUser; ids: string[]; socket: GatewaySocket }> {
  const ann = await createUser("ann");
  const ids = await Promise.all(Array.from({ length: 3 }, () => createChannelFor(ann)));
  const socket = await connectGateway(ann);
  for (const id of ids) await socket.expectSubscribed(id);
  expect(await inRoom(ids[0]!, open)).toBe(1);
  return { ann, ids, socket };
}

test.each([1000, 1001, 3000, 4999])(
  "[GW9] when the client closes with %i, all its inner sockets are closed",
  async (code) => {
    const { ann, ids, socket } = await stage();
    socket.close(code);
    await allGone(ann.userId, ids);
    await socket.closed;
  },
);

test("[GW9] also in hibernated rooms and hubs", async () => {
  const { ann, ids, socket } = await stage();
  for (const id of ids) await evictRoom(id);
  await evictHub(ann.userId);
  socket.close();
  await allGone(ann.userId, ids);
});

test("[GW9] [GW10] pending subscriptions are closed too, their commands still execute", async () => {
  setWorkerConfig({ GATEWAY_OPENING: 2 });
  const ann = await createUser("ann");
  const socket = await connectGateway(ann);
  const ids = await Promise.all(Array.from({ length: 6 }, () => createChannelFor(ann)));
  const attach = pauseAttach();
  for (const id of ids) {
    socket.send({ type: "subscribe", channelId: id });
    socket.send({ ...messageFrame("behind"), channelId: id });
  }
  await attach.reached();
  socket.close();
  await socket.closed;
  attach.release();
  await allGone(ann.userId, ids);
  await scheduler.wait(50);
  await allGone(ann.userId, ids);
  for (const id of ids)
    await eventually(async () => (await ann.call("GET", `/v1/channels/${id}`)).body.seq === 3);
});

test.each([
  ["1009", (socket: GatewaySocket) => socket.ws.send(new Uint8Array(1024 * 1024 + 1)), 1009],
  ["4400", (socket: GatewaySocket) => Array.from({ length: 20 }, () => socket.send("nonsense")), 4400],
])("[GW9] all inner sockets are closed when the gateway closes with %s", async (_, provoke, code) => {
  const { ann, ids, socket } = await stage();
  provoke(socket);
  expect((await socket.closed).code).toBe(code);
  await allGone(ann.userId, ids);
});

test.each([true, false])(
  "[GW9] [RM10] logout closes only its own sockets, 4401 in 2 s, hibernated: %s",
  async (asleep) => {
    const { ann, ids, socket } = await stage();
    const phone = await createSession(ann);
    const other = await connectGateway(phone);
    await other.expectSubscribed(ids[0]!);
    if (asleep) {
      for (const id of ids) await evictRoom(id);
      await evictHub(ann.userId);
    }
    const startedAt = Date.now();
    await ann.call("POST", "/v1/auth/logout");
    expect((await socket.closed).code).toBe(4401);
    expect(Date.now() - startedAt).toBeLessThan(2_000 + loadAllowanceMs);
    expect(await other.sendCommand("messageCreate", { content: "still here" }, ids[0])).toMatchObject({
      type: "ack",
    });
    other.close();
    await allGone(ann.userId, ids);
  },
);

test("[GW9] a new password closes other sessions' sockets, suspension all of them", async () => {
  const { ann, ids, socket } = await stage();
  const phone = await createSession(ann);
  const other = await connectGateway(phone);
  await other.expectSubscribed(ids[0]!);
  await phone.call("PUT", "/v1/auth/password", {
    currentPassword: "correct horse battery",
    newPassword: "another battery",
  });
  expect((await socket.closed).code).toBe(4401);
  const admin = await createUser("admin", { role: "admin" });
  await admin.call("PATCH", `/v1/users/${ann.userId}`, { active: false });
  expect((await other.closed).code).toBe(4401);
  await allGone(ann.userId, ids);
});

test("[GW9] a session that ends while a channel opens is not subscribed", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = await createChannelFor(ann, [bob]);
  const socket = await connectGateway(bob);
  const attach = pauseAttach();
  socket.send({ type: "subscribe", channelId: id });
  await attach.reached();
  const logout = bob.call("POST", "/v1/auth/logout");
  await socket.closed;
  attach.release();
  await logout;
  await allGone(bob.userId, [id]);
});
