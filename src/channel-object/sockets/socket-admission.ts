import { configOf } from "../../config.ts";
import type { Actor, SocketAdmission as HubAdmission } from "../../domain/actor.ts";
import { requireScope } from "../../domain/token-grant.ts";
import { authorize } from "../../domain/room-state.ts";
import { newSocketId } from "../../domain/socket-id.ts";
import { reject } from "../../errors/app-error.ts";
import { drainState } from "../../lib/drain-state.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { type Attachment, type RoomUpgrade, upgradeResponse } from "../../sockets/upgrade.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import { updatesKeptMs } from "./connecting-updates.ts";
import type { Subscribers } from "./subscribers.ts";

export interface SocketAdmissionOptions {
  env: Env;
  room: StoredRoomState;
  subscribers: Subscribers;
}

/** A registration that is older, or by clocks that differ by more, is repeated. Half of the time for which the room keeps updates. */
const attachmentValidMs = updatesKeptMs / 2;

/**
 * Admits sockets to a room. The user's hub registers a socket before the room accepts it, so that the end of a session finds it here: the
 * Worker passes the registration on, or else the room calls the hub.
 */
export class SocketAdmission {
  readonly #options: SocketAdmissionOptions;
  /** By user, the ids of sockets for which the room has called the hub, and which it has not accepted yet. */
  readonly #connecting = new Map<string, Set<string>>();

  constructor(options: SocketAdmissionOptions) {
    this.#options = options;
  }

  /**
   * Accepts a socket and returns the 101 response with the client's end. If the process crashes after the hub has registered the socket, the
   * hub reads `socketIds` before it counts the socket again, and drops the record.
   *
   * @throws `not_found` if the user may not read the channel, `unauthenticated` if the session has ended, `rate_limited` above the
   *   limit of direct sockets, and what the hub throws
   */
  async connect(upgrade: RoomUpgrade): Promise<Response> {
    const { actor, attachment } = upgrade;
    authorize(this.#options.room, actor, "readChannel");
    requireScope(actor.grant, "read");
    if (attachment && this.#isValid(attachment, actor, Date.now()))
      return this.#accept(upgrade, attachment, attachment.socketId);
    const { userId } = actor;
    // The same id again, so that the hub does not count the socket twice.
    const socketId = attachment?.socketId ?? newSocketId();
    const ids = this.#connecting.get(userId) ?? new Set();
    this.#connecting.set(userId, ids.add(socketId));
    try {
      return this.#accept(upgrade, await this.#attach(upgrade, socketId), socketId);
    } finally {
      ids.delete(socketId);
      if (ids.size === 0) this.#connecting.delete(userId);
    }
  }

  /**
   * Returns the ids of a user's sockets here, those for which the room is calling the hub included.
   *
   * @param counted the ids that the hub counts. It drops those that are missing in the answer, so the room records them: such a socket
   *   may still arrive, and is then registered again.
   */
  socketIds(userId: string, counted: readonly string[]): string[] {
    const { subscribers } = this.#options;
    const ids = [...(this.#connecting.get(userId) ?? [])];
    for (const { owner } of subscribers.presence.connectionsOf(userId))
      if (owner.socketId !== undefined) ids.push(owner.socketId);
    const open = new Set(ids);
    subscribers.updates.dropSockets(
      counted.filter((id) => !open.has(id)),
      Date.now(),
    );
    return ids;
  }

  /** Returns whether the registration is one of this user, recent, and still counted by the hub. */
  #isValid({ socketId, atMs, facts, status }: Attachment, { userId }: Actor, nowMs: number): boolean {
    return (
      facts.userId === userId &&
      status.userId === userId &&
      Math.abs(nowMs - atMs) < attachmentValidMs &&
      !this.#options.subscribers.updates.isDropped(socketId)
    );
  }

  async #attach({ actor, via }: RoomUpgrade, socketId: string): Promise<HubAdmission> {
    const { env, room } = this.#options;
    return unwrap(
      await callObject(() =>
        hubOf(env, actor.userId).attachSocket(actor.sessionId, room.channel.id, via, socketId),
      ),
    );
  }

  /** Without an await, so that nothing changes between the checks and the first event. */
  #accept(
    { actor, requestId, since, epoch, via, supervisionId, compact }: RoomUpgrade,
    admission: HubAdmission,
    socketId: string,
  ): Response {
    const { env, room, subscribers } = this.#options;
    const { facts, status } = subscribers.newest(admission);
    const { role, active, rev: factsRev } = facts;
    if (!active || subscribers.hasEnded(actor.sessionId)) reject("unauthenticated", "This session was ended");
    const { userId, sessionId, grant, isBot } = actor;
    const subscriber = {
      userId,
      sessionId,
      via,
      role,
      factsRev,
      status,
      socketId,
      ...(compact && { compact }),
      ...(grant && { scopes: grant.scopes }),
      ...(isBot && { isBot }),
    };
    // Checked again: the role or the channel may have changed meanwhile.
    authorize(room, subscriber, "readChannel");
    if (via === "client") subscribers.requireSocketSlot(actor.userId);
    if (configOf(env).DRAIN_TOKEN) drainState.rooms.add(room.channel.id);
    const client = subscribers.addSubscriber(subscriber, { since, epoch, supervisionId, nowMs: Date.now() });
    return upgradeResponse(client, requestId, { compact, isLimited: grant !== undefined });
  }
}
