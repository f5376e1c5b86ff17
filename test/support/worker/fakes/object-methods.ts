import { vi } from "vitest";
import { ChannelRoom } from "../../../../src/channel-object/index.ts";
import type { UserFacts, UserStatus } from "../../../../src/domain/actor.ts";
import { newId } from "../../../../src/lib/ids.ts";
import type { RpcResult } from "../../../../src/rpc/rpc-result.ts";
import { UserHub } from "../../../../src/user-object/user-hub.ts";

/** Replaces `ChannelRoom.setStatus` and returns the received statuses in order. `answer`: whether the room has a socket of the user. */
export function captureStatusUpdates(answer: (channelId: string) => boolean | Promise<boolean> = () => true) {
  const received: (UserStatus & { channelId: string })[] = [];
  vi.spyOn(ChannelRoom.prototype, "setStatus").mockImplementation(async function (this: ChannelRoom, status) {
    const channelId = (this as unknown as { ctx: DurableObjectState }).ctx.id.name!;
    const hasSocket = await answer(channelId);
    received.push({ channelId, ...status });
    return hasSocket;
  });
  return received;
}

/** Lets rooms report sockets for these users only; returns the ids of the channels channelIds. */
export function fakeRoomSockets(...userIds: string[]): string[] {
  const channelIds: string[] = [];
  vi.spyOn(ChannelRoom.prototype, "hasSocket").mockImplementation(async function (this: ChannelRoom, userId) {
    channelIds.push((this as unknown as { ctx: DurableObjectState }).ctx.id.name!);
    return userIds.includes(userId);
  });
  return channelIds;
}

interface Reader {
  userId: string;
  sessionId: string;
}

const { attachSocket } = UserHub.prototype;

const presences = new Map<string, UserStatus["presence"]>();

/**
 * Makes users without an account, who may read public channels: their hubs are replaced until
 * `vi.restoreAllMocks()`. `presence`: the status that they report.
 */
export function fakeUsers(count: number, presence: UserStatus["presence"] = "online"): Reader[] {
  const made = Array.from({ length: count }, () => ({ userId: newId("usr"), sessionId: newId("ses") }));
  for (const { userId } of made) presences.set(userId, presence);
  vi.spyOn(UserHub.prototype, "attachSocket").mockImplementation(async function (this: UserHub, ...args) {
    const userId = (this as unknown as { ctx: DurableObjectState }).ctx.id.name ?? "";
    const shown = presences.get(userId);
    if (!shown) return attachSocket.apply(this, args);
    const facts: UserFacts = { userId, username: "fake", role: "member", active: true, rev: 1 };
    const status: UserStatus = { userId, presence: shown, custom: null, rev: 1 };
    return { ok: true, value: { facts, status } } satisfies RpcResult<unknown>;
  });
  return made;
}

/**
 * Pauses every connecting socket between the hub's registration and the room's check, until `release` is called.
 *
 * @param by who registers the socket: the Worker, with the check of the session, or the room
 */
export function pauseAttach({ by = ["worker", "room"] }: { by?: ("worker" | "room")[] } = {}): {
  reached: () => Promise<void>;
  release: () => void;
} {
  const { attachSocket: attach, checkSession } = UserHub.prototype;
  let [arrived, open] = [false, false];
  const pause = async <Answer>(answer: Answer): Promise<Answer> => {
    arrived = true;
    while (!open) await scheduler.wait(1);
    return answer;
  };
  const spies = [
    vi.spyOn(UserHub.prototype, "attachSocket").mockImplementation(async function (this: UserHub, ...args) {
      const answer = await attach.apply(this, args);
      return by.includes("room") ? pause(answer) : answer;
    }),
    vi.spyOn(UserHub.prototype, "checkSession").mockImplementation(async function (this: UserHub, ...args) {
      const [, , , { sockets: planned } = {}] = args;
      const answer = await checkSession.apply(this, args);
      return planned && by.includes("worker") ? pause(answer) : answer;
    }),
  ];
  return {
    reached: async () => {
      while (!arrived) await scheduler.wait(1);
    },
    release: () => {
      open = true;
      for (const spy of spies) spy.mockRestore();
    },
  };
}
