import type { Config } from "../../config.ts";
import type { SocketAdmission, UserFacts, UserStatus } from "../../domain/actor.ts";
import type { SessionClaims } from "../../domain/channel-read.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import {
  type DisconnectHandler,
  SocketRegistry,
  socketRegistryOptions,
} from "../../durable/socket-registry.ts";
import { compactEnvelopes } from "../../durable/compact-events.ts";
import { eventEnvelope } from "../../durable/event-log.ts";
import { reject } from "../../errors/app-error.ts";
import type { ServerEnvelope } from "../../protocol/index.ts";
import type { RoomUpgrade } from "../../sockets/upgrade.ts";
import type { CommittedEvent } from "../commands/commit-batch.ts";
import { DisconnectGrace } from "../presence/disconnect-grace.ts";
import { Presence } from "../presence/presence.ts";
import { SignalBroadcast } from "../presence/signal-broadcast.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import { ConnectingUpdates } from "./connecting-updates.ts";
import { helloEnvelope, subscribedEnvelope } from "./handshake.ts";
import { IdleReaper } from "./idle-reaper.ts";
import { missedEnvelopes } from "./replay.ts";
import { SessionUseReports } from "./session-use-reports.ts";
import type { Subscriber, SubscriberConnection } from "./subscriber.ts";
import { Supervisors, tagsOf } from "./supervisors.ts";

export interface SubscribersOptions {
  env: Env;
  room: StoredRoomState;
  alarms: AlarmScheduler;
  config: Config;
}

/** When a user at the limit of sockets may try again. */
const slotRetryMs = 5_000;

/**
 * A room's subscribers: one per socket. Broadcasts events and signals to them, sends replies, and ends subscriptions. Events are queued
 * by `queueEvents` and sent by `broadcastQueued`; every method that adds or removes subscribers broadcasts the queued events first, so that
 * each event reaches exactly the sockets that were subscribed when it was committed.
 */
export class Subscribers implements DisconnectHandler<Subscriber> {
  readonly sockets: SocketRegistry<Subscriber>;
  readonly presence: Presence;
  readonly signals: SignalBroadcast;
  readonly idleReaper: IdleReaper;
  readonly supervisors: Supervisors;
  /** What hubs sent while sockets may be connecting. */
  readonly updates: ConnectingUpdates;
  readonly #room: StoredRoomState;
  readonly #config: Config;
  readonly #replies = new Map<SubscriberConnection, string[]>();
  readonly #queuedEvents: CommittedEvent[] = [];

  /** Call in the object's constructor. */
  constructor(ctx: DurableObjectState, { env, room, alarms, config }: SubscribersOptions) {
    this.#room = room;
    this.#config = config;
    this.sockets = new SocketRegistry(ctx, socketRegistryOptions(config), this);
    this.signals = new SignalBroadcast({ sockets: this.sockets, room });
    const grace = new DisconnectGrace(ctx.storage.sql, alarms);
    this.presence = new Presence(grace, this.sockets.all, this.signals);
    this.signals.start(this.presence);
    this.supervisors = new Supervisors(ctx);
    this.updates = new ConnectingUpdates(ctx.storage.sql);
    const { SESSION_IDLE_MS: sessionIdleMs, SOCKET_IDLE_TIMEOUT_MS: idleTimeoutMs } = config;
    const sessionUse = new SessionUseReports({ env, sockets: this.sockets, sessionIdleMs });
    this.idleReaper = new IdleReaper({ sockets: this.sockets, alarms, idleTimeoutMs, sessionUse });
  }

  /** @throws `rate_limited` if this user has the maximum of direct sockets here */
  requireSocketSlot(userId: string): void {
    let count = 0;
    for (const { owner } of this.presence.connectionsOf(userId)) if (owner.via === "client") count++;
    if (count >= this.#config.ROOM_USER_SOCKETS)
      reject("rate_limited", `You have ${count} sockets open here, as many as a user may`, {
        retryAfterMs: slotRetryMs,
      });
  }

  /**
   * Accepts a socket, then sends what it missed, the current state, and from then on every event. Without an await, so that no event
   * falls between the replay and the live events.
   *
   * @returns the client's end of the socket
   */
  addSubscriber(
    subscriber: Omit<Subscriber, "lastFrameAt">,
    {
      since,
      epoch,
      supervisionId,
      nowMs,
    }: Pick<RoomUpgrade, "since" | "epoch" | "supervisionId"> & { nowMs: number },
  ): WebSocket {
    this.broadcastQueued();
    const owner = { ...subscriber, lastFrameAt: nowMs, usedAt: nowMs };
    const { client, connection } = this.sockets.accept(owner, tagsOf(supervisionId));
    this.#storeStatus(subscriber.status);
    this.presence.addConnection(connection);
    this.idleReaper.watch(connection, nowMs);
    this.sockets.send(connection, [
      // A gateway's client has received the hub's `hello`.
      ...(subscriber.via === "client" ? [helloEnvelope(this.#room, this.#config, subscriber)] : []),
      ...missedEnvelopes(this.#room, { since, epoch, compact: subscriber.compact }),
      subscribedEnvelope(this.#room, this.presence),
    ]);
    this.signals.addSubscriber(connection);
    return client;
  }

  /** Sends one envelope in a separate frame. */
  send(connection: SubscriberConnection, envelope: ServerEnvelope): void {
    this.sockets.send(connection, [JSON.stringify(envelope)]);
  }

  /** Records that a frame will get one reply by `queueReply`. */
  expectReply(connection: SubscriberConnection): void {
    connection.repliesPending++;
  }

  /** Queues a reply until `sendReplies`, so that a batch's replies to one socket share a frame. */
  queueReply(connection: SubscriberConnection, envelope: string): void {
    const replies = this.#replies.get(connection);
    if (replies) replies.push(envelope);
    else this.#replies.set(connection, [envelope]);
  }

  sendReplies(): void {
    for (const [connection, replies] of this.#replies) {
      this.sockets.send(connection, replies);
      connection.repliesPending -= replies.length;
      if (connection.repliesPending <= 0) connection.onAllReplied?.();
    }
    this.#replies.clear();
  }

  /** Queues committed events until `broadcastQueued`. They are in memory only: after a crash subscribers read them from the log. */
  queueEvents(events: readonly CommittedEvent[]): void {
    this.#queuedEvents.push(...events);
  }

  /**
   * Sends the queued events, in one frame per subscriber where possible. An event that revokes access is a barrier: the subscribers who
   * lose access receive what precedes it (a removed member the removal itself too) and are disconnected before anything after it is sent.
   */
  broadcastQueued(): void {
    let pending: CommittedEvent[] = [];
    const events = this.#queuedEvents.splice(0);
    for (const [index, event] of events.entries()) {
      const { seq, revokesAccessOf } = event;
      if (revokesAccessOf === "outsiders") {
        this.#broadcast(pending);
        pending = [];
        // The room's state is that after the batch: a member who leaves later in it is not an outsider yet.
        const leavingLater = new Set(
          events
            .slice(index)
            .map(({ revokesAccessOf: later }) => (later === "outsiders" ? undefined : later?.userId)),
        );
        this.#removeSubscribers(
          ({ userId }) => this.#room.member(userId) === undefined && !leavingLater.has(userId),
          seq - 1,
        );
      }
      pending.push(event);
      if (revokesAccessOf !== undefined && revokesAccessOf !== "outsiders") {
        this.#broadcast(pending);
        pending = [];
        this.#removeSubscribers(({ userId }) => userId === revokesAccessOf.userId, seq);
      }
    }
    this.#broadcast(pending);
  }

  #broadcast(events: readonly CommittedEvent[]): void {
    if (events.length === 0) return;
    const channelId = this.#room.channel.id;
    this.sockets.broadcast(
      () => events.map((event) => eventEnvelope(event, channelId)),
      () => compactEnvelopes(events, channelId),
    );
  }

  /** Ends a subscription at its client's request, after the replies to the frames that the client sent before. */
  async unsubscribe(connection: SubscriberConnection): Promise<void> {
    if (connection.repliesPending > 0)
      await new Promise<void>((resolve) => {
        connection.onAllReplied = resolve;
      });
    this.broadcastQueued();
    this.#sendUnsubscribed(connection, "requested", this.#room.log.head);
    this.sockets.close(connection, "done");
  }

  /** Closes all sockets with 1012, after the queued events. */
  closeAll(): void {
    this.broadcastQueued();
    for (const connection of this.sockets.all) this.sockets.close(connection, "restart");
  }

  /** Closes all sockets because the channel was deleted for good: for clients as if they had been removed. */
  removeAll(): void {
    this.broadcastQueued();
    this.#removeSubscribers(() => true, this.#room.log.head);
  }

  /** Closes the sockets of a session that has ended, and rejects one that is still connecting. */
  endSession(sessionId: string, nowMs: number): void {
    this.updates.endSession(sessionId, nowMs);
    this.broadcastQueued();
    this.#closeEnded((subscriber) => subscriber.sessionId === sessionId);
  }

  /**
   * Returns an open socket of a session. The user's hub closes it when the session ends, and updates its role, so that a session with a
   * socket here needs no check by the hub.
   */
  findBySession({ userId, sessionId }: SessionClaims): SubscriberConnection | undefined {
    for (const connection of this.presence.connectionsOf(userId))
      if (connection.owner.sessionId === sessionId) return connection;
    return undefined;
  }

  /** Returns whether a session ended less than 60 s ago. */
  hasEnded(sessionId: string): boolean {
    return this.updates.hasEnded(sessionId);
  }

  /** Returns the newest facts and status of a user who is connecting, given those that the hub registered the socket with. */
  newest(admission: SocketAdmission): SocketAdmission {
    return this.updates.newest(admission, this.presence.statusOf(admission.facts.userId));
  }

  /**
   * Applies newer facts of a user and ignores older ones. A user who became a guest loses the sockets to a channel that they are not a member
   * of. Returns whether the user has a socket here.
   */
  setFacts(facts: UserFacts, nowMs: number): boolean {
    const { userId, role, active, rev } = facts;
    this.broadcastQueued();
    this.updates.setFacts(facts, nowMs);
    const isOlder = (subscriber: Subscriber): boolean =>
      subscriber.userId === userId && subscriber.factsRev < rev;
    if (!active) this.#closeEnded(isOlder);
    if (role === "guest" && !this.#room.memberIncludingSuspended(userId))
      this.#removeSubscribers(isOlder, this.#room.log.head);
    for (const connection of this.sockets.all)
      if (isOlder(connection.owner))
        this.sockets.updateOwner(connection, { ...connection.owner, role, factsRev: rev });
    return this.sockets.has((subscriber) => subscriber.userId === userId);
  }

  /** Applies a newer status of a user and ignores an older one. Returns whether the user is present. */
  setStatus(status: UserStatus, nowMs: number): boolean {
    this.#storeStatus(status);
    const isPresent = this.presence.setStatus(status);
    this.updates.setStatus(status, nowMs, { isPresent });
    return isPresent;
  }

  /** The client closed its socket, or broke the protocol (no code). */
  handleClose(ws: WebSocket, code?: number): void {
    const isOver = code === undefined || ws.readyState === WebSocket.CLOSED;
    this.sockets.handleClose(ws, code);
    this.supervisors.reportClosed(ws, { isOver });
  }

  /** A socket was removed from the registry, whichever end closed it. */
  handleDisconnect(connection: SubscriberConnection): void {
    this.presence.removeConnection(connection, Date.now());
    this.signals.removeSubscriber(connection);
    this.idleReaper.unwatch(connection);
    if (connection.ws.readyState === WebSocket.OPEN) this.supervisors.reportClosing(connection.ws);
  }

  /** Ends grace periods and broadcasts who went offline. The scheduled task of `DisconnectGrace`. */
  expireDisconnected(nowMs: number): void {
    this.presence.expire(nowMs);
    // At once: the object may hibernate after the alarm, and pending signals are in memory only.
    this.signals.send();
  }

  /** Stores a status with each of the user's sockets, so that it survives an eviction, whichever socket closes first. */
  #storeStatus(status: UserStatus): void {
    for (const connection of this.presence.connectionsOf(status.userId))
      if (connection.owner.status.rev < status.rev)
        this.sockets.updateOwner(connection, { ...connection.owner, status });
  }

  /** Closes the sockets of subscribers who lost access. @param seq the last event that they received */
  #removeSubscribers(lostAccess: (subscriber: Subscriber) => boolean, seq: number): void {
    for (const connection of this.sockets.all) {
      if (!lostAccess(connection.owner)) continue;
      // A gateway's client keeps its socket for other channels, so it needs to know where this channel ended.
      if (connection.owner.via === "gateway") this.#sendUnsubscribed(connection, "removed", seq);
      this.sockets.close(connection, "notMember");
    }
  }

  #closeEnded(hasEnded: (subscriber: Subscriber) => boolean): void {
    for (const connection of this.sockets.all)
      if (hasEnded(connection.owner)) this.sockets.close(connection, "sessionEnded");
  }

  #sendUnsubscribed(connection: SubscriberConnection, reason: "requested" | "removed", seq: number): void {
    this.send(connection, {
      type: "unsubscribed",
      channelId: this.#room.channel.id,
      data: { reason, seq },
    });
  }
}
