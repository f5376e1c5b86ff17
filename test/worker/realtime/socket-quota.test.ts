import { expect, test } from "vitest";
import { Problem } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { acceptGateway, connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { pauseAttach } from "../../support/worker/fakes/object-methods.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictHub, hubRows, setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { evictRoom, inRoom } from "../../support/worker/objects/room-object.ts";

const gatewayPath = "/v1/realtime";
const roomPath = (channelId: string): string => `/v1/channels/${channelId}/realtime`;

async function opens(who: TestUser, path: string): Promise<boolean> {
  const response = await requestUpgrade(path, who.token);
  if (response.webSocket) new TestSocket(response.webSocket);
  return response.status === 101;
}

async function stage(limit: number) {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const ids = [await createChannelFor(ann, [bob]), await createChannelFor(ann, [bob])] as const;
  await setHubConfig(bob.userId, { USER_CONNECTIONS: limit });
  return { bob, ann, ids };
}

test("[LM3] sockets of a user are limited over all rooms; one above is rejected early", async () => {
  const { ann, bob, ids } = await stage(4);
  const [first, second] = ids;
  const sockets = [await bob.connect(first), await bob.connect(first), await bob.connect(second)];
  const gateway = await connectGateway(bob);
  for (const path of [gatewayPath, roomPath(first), roomPath(second)]) {
    const response = await requestUpgrade(path, bob.token);
    expect([response.status, response.headers.get("Retry-After")]).toEqual([429, "5"]);
    expect(Problem.parse(await response.json())).toMatchObject({ code: "rate_limited" });
  }
  expect(await opens(ann, roomPath(first)), "others have their own count").toBe(true);
  gateway.close();
  await eventually(() => opens(bob, roomPath(second)), "a direct socket in place of the gateway's");
  expect(await opens(bob, gatewayPath)).toBe(false);
  sockets[0]!.close();
  await eventually(() => opens(bob, gatewayPath), "a gateway's socket in place of a direct one");
});

test("[LM3] of many concurrent sockets exactly as many as the limit are accepted", async () => {
  const { bob, ids } = await stage(5);
  const paths = Array.from({ length: 20 }, (_, index) => [gatewayPath, ...ids.map(roomPath)][index % 3]!);
  const accepted = await Promise.all(paths.map((path) => opens(bob, path)));
  expect(accepted.filter(Boolean)).toHaveLength(5);
});

test("[LM3] the count survives evictions and follows a room that loses its sockets", async () => {
  const { bob, ids } = await stage(4);
  const [first, second] = ids;
  for (const id of [first, first, second, second]) await bob.connect(id);
  await evictHub(bob.userId);
  for (const id of ids) await evictRoom(id);
  await setHubConfig(bob.userId, { USER_CONNECTIONS: 4 });
  expect(await opens(bob, roomPath(first))).toBe(false);
  await inRoom(first, (_, state) => void setTimeout(() => state.abort("crash"), 20));
  await scheduler.wait(100);
  await eventually(() => opens(bob, roomPath(second)), "room for two more");
  expect(await opens(bob, gatewayPath)).toBe(true);
  expect(await opens(bob, gatewayPath)).toBe(false);
  expect(await hubRows(bob.userId, "room_sockets")).toHaveLength(3);
});

test("[LM3] a socket that its room registers stays counted while rooms are asked", async () => {
  const { ann, bob, ids } = await stage(2);
  const publicId = await createChannelFor(ann);
  await bob.connect(ids[1]);
  const attach = pauseAttach({ by: ["room"] });
  const entering = requestUpgrade(roomPath(publicId), bob.token);
  await attach.reached();
  expect(await opens(bob, gatewayPath)).toBe(false);
  attach.release();
  expect((await entering).status).toBe(101);
  expect(await opens(bob, gatewayPath)).toBe(false);
});

test("[LM3] a socket that the Worker registers yields to one that opens earlier", async () => {
  const { bob, ids } = await stage(2);
  await bob.connect(ids[1]);
  const attach = pauseAttach({ by: ["worker"] });
  const entering = requestUpgrade(roomPath(ids[0]), bob.token);
  await attach.reached();
  expect(await opens(bob, gatewayPath)).toBe(true);
  attach.release();
  expect((await entering).status).toBe(429);
  expect(await opens(bob, gatewayPath)).toBe(false);
});

test("[LM3] sockets in a room that does not answer stay counted", async () => {
  const { bob, ids } = await stage(1);
  const [first] = ids;
  const socket = await bob.connect(first);
  await inRoom(first, (room) => {
    room.socketIds = () => Promise.reject(new Error("no answer"));
  });
  socket.close();
  await socket.closed;
  expect(await opens(bob, gatewayPath)).toBe(false);
  await evictRoom(first);
  await eventually(() => opens(bob, gatewayPath), "the room's answer");
});

test("[LM3] channels subscribed by all gateways of a user are limited in total too", async () => {
  const bob = await createUser("bob");
  const ids = await Promise.all(Array.from({ length: 3 }, () => createChannelFor(bob)));
  await setHubConfig(bob.userId, { USER_SUBSCRIPTIONS: 2 });
  const [one, other] = [await connectGateway(bob), await connectGateway(bob)];
  await one.expectSubscribed(ids[0]!);
  await other.expectSubscribed(ids[1]!);
  expect(await other.subscribe(ids[2]!)).toMatchObject({
    type: "error",
    channelId: ids[2],
    error: { code: "rate_limited", retryAfterMs: 5_000 },
  });
  await one.unsubscribe(ids[0]!);
  await eventually(async () => (await other.subscribe(ids[2]!)).type === "subscribed");
  expect(
    (await acceptGateway(await requestUpgrade(gatewayPath, bob.token))).events,
    "sockets are counted apart",
  ).toEqual([]);
});
