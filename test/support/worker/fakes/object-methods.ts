import { vi } from "vitest";
import { ChannelRoom } from "../../../../src/channel-object/index.ts";
import type { UserFacts, UserStatus } from "../../../../src/domain/actor.ts";
import { newId } from "../../../../src/lib/ids.ts";
import type { RpcResult } from "../../../../src/rpc/rpc-result.ts";
import { UserHub } from "../../../../src/user-object/user-hub.ts";

/** What rooms are told of people's statuses, in order; their answer is whether such a socket is there. */
export function captureStatusUpdates(answer: (channelId: string) => boolean | Promise<boolean> = () => true) {
  const told: (UserStatus & { channelId: string })[] = [];
  vi.spyOn(ChannelRoom.prototype, "setStatus").mockImplementation(async function (this: ChannelRoom, status) {
    const channelId = (this as unknown as { ctx: DurableObjectState }).ctx.id.name!;
    const isThere = await answer(channelId);
    told.push({ channelId, ...status });
    return isThere;
  });
  return told;
}

/** Rooms say that these users have a socket there; gives who asked for which. */
export function fakeRoomSockets(...userIds: string[]): string[] {
  const asked: string[] = [];
  vi.spyOn(ChannelRoom.prototype, "hasSocket").mockImplementation(async function (this: ChannelRoom, userId) {
    asked.push((this as unknown as { ctx: DurableObjectState }).ctx.id.name!);
    return userIds.includes(userId);
  });
  return asked;
}

interface Reader {
  userId: string;
  sessionId: string;
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
  vi.spyOn(UserHub.prototype, "attachSocket").mockImplementation(async function (this: UserHub, ...args) {
    const userId = (this as unknown as { ctx: DurableObjectState }).ctx.id.name ?? "";
    const shown = presences.get(userId);
    if (!shown) return attachSocket.apply(this, args);
    const facts: UserFacts = { userId, username: "stranger", role: "member", active: true, rev: 1 };
    const status: UserStatus = { userId, presence: shown, custom: null, rev: 1 };
    return { ok: true, value: { facts, status } } satisfies RpcResult<unknown>;
  });
  return made;
}

/** Every socket that connects stops between its session's word and the room's, until `release` is called. */
export function pauseAttach(): { reached: () => Promise<void>; release: () => void } {
  const attach = UserHub.prototype.attachSocket;
  let [arrived, open] = [false, false];
  const spy = vi.spyOn(UserHub.prototype, "attachSocket").mockImplementation(async function (
    this: UserHub,
    ...args
  ) {
    const answer = await attach.apply(this, args);
    arrived = true;
    while (!open) await scheduler.wait(1);
    return answer;
  });
  return {
    reached: async () => {
      while (!arrived) await scheduler.wait(1);
    },
    release: () => {
      open = true;
      spy.mockRestore();
    },
  };
}
