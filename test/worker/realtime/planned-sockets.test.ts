import { afterEach, describe, expect, test, vi } from "vitest";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import type { AttachedSockets, SocketPath } from "../../../src/domain/actor.ts";
import { isEarlierSocketId, newSocketId } from "../../../src/domain/socket-id.ts";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { attachmentOf, upgradeRequest } from "../../../src/sockets/upgrade.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictHub, hubRows, hubStub, setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { evictRoom, roomStub } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  onFailpoint(undefined);
});

interface Planned {
  socketId: string;
  attached: AttachedSockets;
  /** Opens the socket as the Worker does after the hub's answer. */
  open(): Promise<Response>;
}

/** Registers a socket with the hub as the Worker does, and returns how to open it later. */
async function plan(user: TestUser, channelId: string, via: SocketPath = "gateway"): Promise<Planned> {
  const { userId, sessionId } = user;
  const socketId = newSocketId();
  const planned = { via, sockets: [{ socketId, channelId }] };
  const { attached, role } = unwrap(
    await hubStub(userId).checkSession(sessionId, undefined, undefined, { sockets: planned }),
  );
  const request = upgradeRequest({
    requestId: "req_test",
    actor: { userId, sessionId, role },
    via,
    attachment: attachmentOf(socketId, attached),
  });
  return { socketId, attached: attached!, open: () => roomStub(channelId).fetch(request) };
}

const socketIdsOf = async ({ userId }: TestUser): Promise<unknown[]> =>
  (await hubRows(userId, "room_sockets")).map(({ id }) => id);

/** Returns the status, after reading a problem's body: an unread one keeps the object in use. */
async function statusOf(response: Response): Promise<number> {
  if (!response.webSocket) await response.text();
  return response.status;
}

const codeOf = async (response: Response): Promise<number> =>
  response.webSocket ? (await new TestSocket(response.webSocket).closed).code : statusOf(response);

/** Counts the calls of a room to a hub for a socket, and the Worker's. */
function countCalls() {
  return {
    attach: vi.spyOn(UserHub.prototype, "attachSocket"),
    check: vi.spyOn(UserHub.prototype, "checkSession"),
  };
}

describe("calls", () => {
  test("[GW11] channels subscribed at once share one hub call; rooms call no hub", async () => {
    const ann = await createUser("ann");
    const ids = await Promise.all(Array.from({ length: 5 }, () => createChannelFor(ann)));
    const socket = await connectGateway(ann);
    const { attach, check } = countCalls();
    const answers = await Promise.all(ids.map((id) => socket.subscribe(id)));
    expect(answers.map(({ type }) => type)).toEqual(ids.map(() => "subscribed"));
    expect(attach).not.toHaveBeenCalled();
    expect(check.mock.calls.map(([, , , options]) => options?.sockets?.sockets.length)).toEqual([5]);
    expect((await socketIdsOf(ann)).toSorted()).toEqual(
      (await Promise.all(ids.map((id) => roomStub(id).socketIds(ann.userId)))).flat().toSorted(),
    );
  });

  test("[GW11] a room's own socket connects with one hub call", async () => {
    const ann = await createUser("ann");
    const id = await createChannelFor(ann);
    const { attach, check } = countCalls();
    const socket = await ann.connect(id);
    expect([attach.mock.calls.length, check.mock.calls.length]).toEqual([0, 1]);
    expect(await socketIdsOf(ann)).toEqual(await roomStub(id).socketIds(ann.userId));
    socket.close();
  });

  test("[GW11] the room of a public channel that is new to the user calls the hub", async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const id = await createChannelFor(ann);
    const { attach } = countCalls();
    const socket = await connectGateway(bob);
    await socket.expectSubscribed(id);
    expect(attach).toHaveBeenCalledOnce();
    await socket.expectSubscribed(id);
    expect(attach).toHaveBeenCalledOnce();
    expect(await roomStub(id).socketIds(bob.userId)).toHaveLength(1);
  });

  test("[GW11] [PS4] a custom status reaches the room with any characters", async () => {
    const ann = await createUser("ann");
    const id = await createChannelFor(ann);
    const custom = { emoji: "🌴", text: "à la “plage” \\ 日本" };
    expect((await ann.call("PUT", "/v1/users/me/status", { custom })).status).toBe(200);
    const { attach } = countCalls();
    const socket = await connectGateway(ann);
    expect((await socket.expectSubscribed(id)).data.statuses).toMatchObject([{ custom }]);
    expect(attach).not.toHaveBeenCalled();
  });
});

/** What happens to a user between the hub's registration and the room's check, and the outcome of the upgrade. */
const changes = {
  logout: {
    act: (user: TestUser) => user.call("POST", "/v1/auth/logout"),
    outcomes: [401, 4401],
  },
  suspension: {
    act: (user: TestUser, admin: TestUser) =>
      admin.call("PATCH", `/v1/users/${user.userId}`, { active: false }),
    outcomes: [401, 404, 4401],
  },
  removal: {
    act: (user: TestUser, admin: TestUser, id: string) =>
      admin.call("DELETE", `/v1/channels/${id}/members/${user.userId}`),
    outcomes: [404, 4403],
  },
};

/** When the room loses its memory: before it receives the change, after it, or not at all. */
const evictions = ["no eviction", "evicted before", "evicted after", "evicted twice"] as const;

describe("a change between the hub's registration and the room", () => {
  for (const [name, { act, outcomes }] of Object.entries(changes))
    for (const via of ["gateway", "client"] as const)
      test.each(evictions)(`[GW11] [RM8] [RM10] ${name} of a ${via} socket, %s`, async (eviction) => {
        const [admin, bob] = [await createUser("admin", { role: "admin" }), await createUser("bob")];
        const id = await createChannelFor(admin, [bob], { isPrivate: true });
        const { open } = await plan(bob, id, via);
        if (eviction === "evicted before" || eviction === "evicted twice") await evictRoom(id);
        expect((await act(bob, admin, id)).status).toBeLessThan(300);
        if (eviction === "evicted after" || eviction === "evicted twice") await evictRoom(id);
        expect(outcomes).toContain(await codeOf(await open()));
        expect(await roomStub(id).socketIds(bob.userId)).toEqual([]);
      });

  test.each(evictions)("[GW11] [AC9] a reader's lost role, %s", async (eviction) => {
    const [ann, admin] = [await createUser("ann"), await createUser("admin", { role: "admin" })];
    const id = await createChannelFor(ann);
    await (await connectRoom(id, admin)).close();
    const { open, attached } = await plan(admin, id);
    expect(attached.facts.role).toBe("admin");
    if (eviction === "evicted before" || eviction === "evicted twice") await evictRoom(id);
    const facts = { userId: admin.userId, username: admin.username, role: "member" as const, active: true };
    await roomStub(id).setFacts({ ...facts, rev: attached.facts.rev + 1 });
    if (eviction === "evicted after" || eviction === "evicted twice") await evictRoom(id);
    const socket = new TestSocket((await open()).webSocket!);
    expect(await socket.sendCommand("channelUpdate", { topic: "still an admin" })).toMatchObject({
      type: "error",
      error: { code: "forbidden" },
    });
  });

  test.each(evictions)("[GW11] [PS1] an invisible user is not shown, %s", async (eviction) => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const id = await createChannelFor(ann, [bob]);
    const other = await connectRoom(id, bob);
    const { open } = await plan(bob, id);
    if (eviction === "evicted before" || eviction === "evicted twice") await evictRoom(id);
    expect((await bob.call("PUT", "/v1/users/me/status", { presence: "invisible" })).status).toBe(200);
    other.close();
    await other.closed;
    if (eviction === "evicted after" || eviction === "evicted twice") await evictRoom(id);
    const socket = new TestSocket((await open()).webSocket!);
    const { data } = (await socket.next("subscribed")) as { data: { online: string[] } };
    expect(data.online).toEqual([]);
  });

  test("[GW11] a registration older than 30 s is repeated", async () => {
    const ann = await createUser("ann");
    const id = await createChannelFor(ann);
    const { open, socketId } = await plan(ann, id);
    const { attach } = countCalls();
    advanceClock(31_000);
    expect((await open()).status).toBe(101);
    expect(attach.mock.calls).toEqual([[ann.sessionId, id, "gateway", socketId]]);
    expect(await socketIdsOf(ann)).toEqual([socketId]);
  });

  test("[GW11] a registration of another user is ignored", async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const id = await createChannelFor(ann, [bob]);
    const { attached, socketId } = await plan(ann, id);
    const { attach } = countCalls();
    const { userId, sessionId } = bob;
    const request = upgradeRequest({
      requestId: "req_test",
      actor: { userId, sessionId, role: "member" },
      via: "gateway",
      attachment: attachmentOf(socketId, attached),
    });
    expect((await roomStub(id).fetch(request)).status).toBe(101);
    expect(attach).toHaveBeenCalledOnce();
  });
});

describe("the quota", () => {
  test("[GW11] [LM3] a socket dropped from the count while it connects is counted again", async () => {
    const ann = await createUser("ann");
    const ids = [await createChannelFor(ann), await createChannelFor(ann)] as const;
    await setHubConfig(ann.userId, { USER_SUBSCRIPTIONS: 1 });
    const first = await plan(ann, ids[0]);
    // The room of the first does not know of it, so that the second is counted in its place.
    const second = await connectRoom(ids[1], ann);
    for (const state of ["awake", "evicted"]) {
      if (state === "evicted") await evictRoom(ids[0]);
      expect(await statusOf(await first.open()), state).toBe(429);
    }
    expect(await socketIdsOf(ann)).toEqual(await roomStub(ids[1]).socketIds(ann.userId));
    second.close();
    await second.closed;
    await scheduler.wait(1_100);
    expect((await first.open()).status).toBe(101);
    expect(await socketIdsOf(ann)).toEqual([first.socketId]);
  });

  test("[GW11] [LM3] sockets that never reach their rooms leave the count", async () => {
    const ann = await createUser("ann");
    const id = await createChannelFor(ann);
    await setHubConfig(ann.userId, { USER_SUBSCRIPTIONS: 3 });
    for (let time = 0; time < 3; time++) await plan(ann, id);
    expect(await socketIdsOf(ann)).toHaveLength(3);
    await evictHub(ann.userId);
    await setHubConfig(ann.userId, { USER_SUBSCRIPTIONS: 3 });
    const socket = await connectGateway(ann);
    await socket.expectSubscribed(id);
    expect(await socketIdsOf(ann)).toHaveLength(1);
  });

  test("[GW11] a hub that crashes after the registration leaves a stale record only", async () => {
    const ann = await createUser("ann");
    const id = await createChannelFor(ann);
    await setHubConfig(ann.userId, { USER_CONNECTIONS: 1 });
    crashOnceAt("hub:after-attach");
    expect((await requestUpgrade(`/v1/channels/${id}/realtime`, ann.token)).status).toBe(500);
    await evictHub(ann.userId);
    await setHubConfig(ann.userId, { USER_CONNECTIONS: 1 });
    expect(await socketIdsOf(ann)).toHaveLength(1);
    await ann.connect(id);
    expect(await socketIdsOf(ann)).toEqual(await roomStub(id).socketIds(ann.userId));
  });
});

describe("with objects of an earlier release", () => {
  test("[DP3] [GW11] a hub that registers no sockets: the rooms call it", async () => {
    const ann = await createUser("ann");
    const ids = await Promise.all(Array.from({ length: 3 }, () => createChannelFor(ann)));
    const { checkSession } = UserHub.prototype;
    vi.spyOn(UserHub.prototype, "checkSession").mockImplementation(function (this: UserHub, ...args) {
      const [sessionId, channelId, generation] = args;
      return checkSession.call(this, sessionId, channelId, generation);
    });
    const attach = vi.spyOn(UserHub.prototype, "attachSocket");
    const socket = await connectGateway(ann);
    for (const answer of await Promise.all(ids.map((id) => socket.subscribe(id))))
      expect(answer.type).toBe("subscribed");
    await ann.connect(ids[0]!);
    expect(attach).toHaveBeenCalledTimes(4);
    expect(await socketIdsOf(ann)).toHaveLength(4);
  });

  test("[DP3] [GW11] [LM3] a room that ignores the registration is not counted twice", async () => {
    const ann = await createUser("ann");
    const ids = await Promise.all(Array.from({ length: 3 }, () => createChannelFor(ann)));
    await setHubConfig(ann.userId, { USER_SUBSCRIPTIONS: 3 });
    const { attachSocket } = UserHub.prototype;
    vi.spyOn(UserHub.prototype, "attachSocket").mockImplementation(function (this: UserHub, ...args) {
      const [sessionId, channelId, via, socketId = ""] = args;
      return attachSocket.call(this, sessionId, channelId, via, socketId.slice(socketId.indexOf("_") + 1));
    });
    const { fetch } = ChannelRoom.prototype;
    vi.spyOn(ChannelRoom.prototype, "fetch").mockImplementation(function (this: ChannelRoom, request) {
      const { attachment: _, ...upgrade } = JSON.parse(request.headers.get("X-Parley-Upgrade")!);
      return fetch.call(this, upgradeRequest(upgrade));
    });
    const socket = await connectGateway(ann);
    for (const answer of await Promise.all(ids.map((id) => socket.subscribe(id))))
      expect(answer.type).toBe("subscribed");
    const counted = await socketIdsOf(ann);
    expect(counted).toHaveLength(3);
    expect(counted.every((id) => isEarlierSocketId(String(id)))).toBe(true);
  });
});
