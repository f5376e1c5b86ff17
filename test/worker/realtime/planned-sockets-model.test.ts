import { runInDurableObject } from "cloudflare:test";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SocketPath } from "../../../src/domain/actor.ts";
import { newSocketId } from "../../../src/domain/socket-id.ts";
import { attachmentOf, upgradeRequest } from "../../../src/sockets/upgrade.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictHub, hubRows, hubStub } from "../../support/worker/objects/hub-object.ts";
import { evictRoom, roomStub } from "../../support/worker/objects/room-object.ts";

const sessions = 2;

type Step =
  | { type: "plan"; session: number; via: SocketPath }
  | { type: "open" | "lose" | "close"; which: number }
  | { type: "logout"; session: number }
  | { type: "remove" | "add" | "evictRoom" | "evictHub" | "askRoom" };

const which = fc.nat(5);
const session = fc.nat(sessions - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("plan" as const),
      session,
      via: fc.constantFrom<SocketPath>("client", "gateway"),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constantFrom("open" as const, "lose" as const, "close" as const),
      which,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("logout" as const), session }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom(
        "remove" as const,
        "add" as const,
        "evictRoom" as const,
        "evictHub" as const,
        "askRoom" as const,
      ),
    }),
  },
);

interface Open {
  socket: TestSocket;
  sessionId: string;
  via: SocketPath;
  socketId: string;
}

/** A member with two sessions, and a private channel that its owner removes the member from and adds them to again. */
class Scene {
  readonly #owner: TestUser;
  readonly #devices: TestUser[];
  readonly #channelId: string;
  /** Upgrades that the hub registered and that have not reached the room. */
  readonly #planned: (() => Promise<void>)[] = [];
  readonly #ended = new Set<string>();
  #isMember = true;
  opened: Open[] = [];

  constructor(owner: TestUser, devices: TestUser[], channelId: string) {
    this.#owner = owner;
    this.#devices = devices;
    this.#channelId = channelId;
  }

  get #userId(): string {
    return this.#devices[0]!.userId;
  }

  async run(done: Step): Promise<void> {
    const path = `/v1/channels/${this.#channelId}/members`;
    switch (done.type) {
      case "plan":
        return this.#plan(this.#devices[done.session]!, done.via);
      case "open":
        return this.#planned.splice(done.which, 1)[0]?.();
      case "lose":
        this.#planned.splice(done.which, 1);
        return;
      case "close": {
        const [open] = this.opened.splice(done.which, 1);
        open?.socket.close();
        await open?.socket.closed;
        return;
      }
      case "logout": {
        const { sessionId } = this.#devices[done.session]!;
        await hubStub(this.#userId).endSession(sessionId);
        this.#ended.add(sessionId);
        return;
      }
      case "remove":
        if (this.#isMember) await this.#owner.call("DELETE", `${path}/${this.#userId}`);
        this.#isMember = false;
        return;
      case "add":
        if (!this.#isMember) await this.#owner.call("POST", path, { userId: this.#userId });
        this.#isMember = true;
        return;
      case "evictRoom":
        return evictRoom(this.#channelId);
      case "evictHub":
        return evictHub(this.#userId);
      default:
        return this.#askRoom();
    }
  }

  async #plan({ userId, sessionId }: TestUser, via: SocketPath): Promise<void> {
    const socketId = newSocketId();
    const planned = { via, sockets: [{ socketId, channelId: this.#channelId }] };
    const checked = await hubStub(userId).checkSession(sessionId, undefined, undefined, { sockets: planned });
    expect(checked.ok).toBe(!this.#ended.has(sessionId));
    if (!checked.ok) return;
    const request = upgradeRequest({
      requestId: "req_test",
      actor: { userId, sessionId, role: "member" },
      via,
      attachment: attachmentOf(socketId, checked.value.attached),
    });
    this.#planned.push(async () => {
      const response = await roomStub(this.#channelId).fetch(request);
      const { status, webSocket } = response;
      // An unread body keeps the object in use.
      if (!webSocket) await response.text();
      if (!this.#isMember) expect(status).toBe(404);
      else if (this.#ended.has(sessionId)) expect(status).toBe(401);
      else expect(status).toBe(101);
      if (webSocket) this.opened.push({ socket: new TestSocket(webSocket), sessionId, via, socketId });
    });
  }

  /** The hub at its limit asks the room, and drops the sockets that the room does not have. */
  async #askRoom(): Promise<void> {
    const counted = (await hubRows(this.#userId, "room_sockets")).map(({ id }) => String(id));
    const open = await roomStub(this.#channelId).socketIds(this.#userId, counted);
    const dropped = counted.filter((id) => !open.includes(id));
    await this.#drop(dropped);
  }

  async #drop(ids: string[]): Promise<void> {
    await runInDurableObject(hubStub(this.#userId), (_, { storage }) => {
      for (const id of ids) storage.sql.exec("DELETE FROM room_sockets WHERE id = ?", id);
    });
    // The cache of the rows was read before.
    await evictHub(this.#userId);
  }

  /** Compares the open sockets with what they may be, and with what room and hub count. */
  async check(): Promise<void> {
    const isAllowed = ({ sessionId }: Open): boolean => this.#isMember && !this.#ended.has(sessionId);
    const [allowed, revoked] = [
      this.opened.filter(isAllowed),
      this.opened.filter((open) => !isAllowed(open)),
    ];
    for (const { socket } of revoked) expect([4401, 4403]).toContain((await socket.closed).code);
    for (const { socket } of allowed) expect(socket.ws.readyState).toBe(WebSocket.OPEN);
    this.opened = allowed;
    const expected = allowed.map(({ socketId }) => socketId).toSorted();
    await eventually(async () => {
      const ids = await roomStub(this.#channelId).socketIds(this.#userId);
      return JSON.stringify(ids.toSorted()) === JSON.stringify(expected);
    }, "the room's sockets");
    const counted = (await hubRows(this.#userId, "room_sockets")).map(({ id }) => String(id));
    for (const id of expected) expect(counted).toContain(id);
  }
}

test("[GW11] [RM8] [RM10] [LM3] random steps leave no revoked or uncounted socket", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
      const [owner, member] = (await createUsers("owner", "member")) as [TestUser, TestUser];
      const devices = [member];
      while (devices.length < sessions) devices.push(await createSession(member));
      const channelId = await createChannelFor(owner, [member], { isPrivate: true });
      const scene = new Scene(owner, devices, channelId);
      for (const done of steps) {
        await scene.run(done);
        await scene.check();
      }
      for (const { socket } of scene.opened) socket.close();
    }),
    { numRuns: 15, seed: 20_261_128 },
  );
});
