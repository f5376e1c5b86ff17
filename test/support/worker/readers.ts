import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { type Config, configOf } from "../../../src/config.ts";
import type { UserFacts, UserStatus } from "../../../src/domain/actor.ts";
import { newId } from "../../../src/lib/ids.ts";
import type { RpcResult } from "../../../src/rpc/rpc-result.ts";
import { upgradeRequest } from "../../../src/sockets/upgrade.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { evictRoom, inRoom } from "./room.ts";
import { TestSocket } from "./socket.ts";

interface Reader {
  userId: string;
  sessionId: string;
}

/** What a room answers to a gateway that asks for a socket. */
export const requestRoomSocket = (
  channelId: string,
  { userId, sessionId }: Reader,
  resume: { since?: number; epoch?: string } = {},
): Promise<Response> =>
  env.ROOMS.getByName(channelId).fetch(
    upgradeRequest({
      requestId: "req_test",
      actor: { userId, sessionId, role: "member" },
      via: "gateway",
      ...resume,
    }),
  );

/** A gateway's socket to a room, once it is subscribed. */
export async function connectRoom(
  channelId: string,
  reader: Reader,
  resume?: { since?: number; epoch?: string },
): Promise<TestSocket> {
  const response = await requestRoomSocket(channelId, reader, resume);
  if (!response.webSocket) throw new Error(`No socket but ${response.status}: ${await response.text()}`);
  const socket = new TestSocket(response.webSocket);
  await socket.next("subscribed");
  return socket;
}

const { attachSocket } = UserHub.prototype;
const presences = new Map<string, UserStatus["presence"]>();

/**
 * People without an account, who may read public channels as anybody may: their hubs vouch for them until
 * `vi.restoreAllMocks()`. `presence`: how they show themselves.
 */
export function fakeUsers(count: number, presence: UserStatus["presence"] = "online"): Reader[] {
  const made = Array.from({ length: count }, () => ({ userId: newId("usr"), sessionId: newId("ses") }));
  for (const { userId } of made) presences.set(userId, presence);
  vi.spyOn(UserHub.prototype, "attach").mockImplementation(async function (this: UserHub, ...args) {
    const userId = (this as unknown as { ctx: DurableObjectState }).ctx.id.name ?? "";
    const shown = presences.get(userId);
    if (!shown) return attachSocket.apply(this, args);
    const facts: UserFacts = { userId, username: "stranger", role: "member", active: true, rev: 1 };
    const status: UserStatus = { userId, presence: shown, custom: null, rev: 1 };
    return { ok: true, value: { facts, status } } satisfies RpcResult<unknown>;
  });
  return made;
}

/** Sets vars as the room sees them from now on: it forgets all that it holds in memory. */
export async function setRoomConfig(channelId: string, change: Partial<Config>): Promise<void> {
  await inRoom(channelId, (room) => {
    Object.assign(configOf((room as unknown as { env: Env }).env), change);
  });
  await evictRoom(channelId);
}
