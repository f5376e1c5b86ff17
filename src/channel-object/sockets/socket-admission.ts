import { configOf } from "../../config.ts";
import { authorize } from "../../domain/room-state.ts";
import { reject } from "../../errors/app-error.ts";
import { drainState } from "../../lib/drain-state.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { type RoomUpgrade, upgradeResponse } from "../../sockets/upgrade.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import type { Subscribers } from "./subscribers.ts";

export interface SocketAdmissionOptions {
  env: Env;
  room: StoredRoomState;
  subscribers: Subscribers;
}

/** Admits sockets to a room: the user's hub records a socket before the room accepts it, so that the end of a session finds it here. */
export class SocketAdmission {
  readonly #options: SocketAdmissionOptions;
  /** By user, the ids of sockets that the hub may have recorded and the room has not accepted yet. */
  readonly #connecting = new Map<string, Set<string>>();

  constructor(options: SocketAdmissionOptions) {
    this.#options = options;
  }

  /**
   * Accepts a socket and returns the 101 response with the client's end. If the process crashes after the hub has recorded the socket, the
   * hub reads `socketIds` before it counts the socket again, and drops the record.
   *
   * @throws `not_found` if the user may not read the channel, `unauthenticated` if the session has ended, `rate_limited` above the
   *   limit of direct sockets, and what the hub throws
   */
  async connect(upgrade: RoomUpgrade): Promise<Response> {
    authorize(this.#options.room, upgrade.actor, "readChannel");
    const { userId } = upgrade.actor;
    const socketId = crypto.randomUUID();
    const ids = this.#connecting.get(userId) ?? new Set();
    this.#connecting.set(userId, ids.add(socketId));
    try {
      return await this.#attach(upgrade, socketId);
    } finally {
      ids.delete(socketId);
      if (ids.size === 0) this.#connecting.delete(userId);
    }
  }

  /** Returns the ids of a user's sockets here, those that are still connecting included. */
  socketIds(userId: string): string[] {
    const ids = [...(this.#connecting.get(userId) ?? [])];
    for (const { owner } of this.#options.subscribers.presence.connectionsOf(userId))
      if (owner.socketId !== undefined) ids.push(owner.socketId);
    return ids;
  }

  async #attach(
    { actor, requestId, since, epoch, via, supervisionId, compact }: RoomUpgrade,
    socketId: string,
  ): Promise<Response> {
    const { env, room, subscribers } = this.#options;
    const { DRAIN_TOKEN } = configOf(env);
    const channelId = room.channel.id;
    const attached = unwrap(
      await callObject(() =>
        hubOf(env, actor.userId).attachSocket(actor.sessionId, channelId, via, socketId),
      ),
    );
    const { facts, status } = subscribers.newest(attached);
    const { role, active, rev: factsRev } = facts;
    if (!active || subscribers.hasEnded(actor.sessionId)) reject("unauthenticated", "This session was ended");
    const subscriber = {
      ...actor,
      via,
      role,
      factsRev,
      status,
      socketId,
      ...(compact && { compact }),
    };
    // Checked again: the role or the channel may have changed meanwhile.
    authorize(room, subscriber, "readChannel");
    if (via === "client") subscribers.requireSocketSlot(actor.userId);
    if (DRAIN_TOKEN) drainState.rooms.add(channelId);
    const client = subscribers.addSubscriber(subscriber, { since, epoch, supervisionId, nowMs: Date.now() });
    return upgradeResponse(client, requestId, { compact });
  }
}
