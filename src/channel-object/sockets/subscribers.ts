import type { Config } from "../../config.ts";
import type { UserFacts, UserStatus } from "../../domain/actor.ts";
import type { RoomUpgrade } from "../../sockets/upgrade.ts";
import { reject } from "../../errors/app-error.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import { TtlMap } from "../../lib/ttl-map.ts";
import { SocketRegistry, socketRegistryOptions } from "../../durable/socket-registry.ts";
import type { ServerEnvelope } from "../../protocol/index.ts";
import type { CommittedEvent } from "../commands/commit-batch.ts";
import { DisconnectGrace } from "../presence/disconnect-grace.ts";
import { helloEnvelope, subscribedEnvelope } from "./handshake.ts";
import { Presence } from "../presence/presence.ts";
import type { Subscriber, SubscriberConnection } from "./subscriber.ts";
import { missedEnvelopes } from "./replay.ts";
import { SessionUseReports, type SessionUseOptions } from "./session-use-reports.ts";
import { SignalBroadcast } from "../presence/signal-broadcast.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import { Supervisors, tagsOf } from "./supervisors.ts";
import { IdleReaper } from "./idle-reaper.ts";

export interface SubscribersOptions {
  room: StoredRoomState;
  due: AlarmScheduler;
  config: Config;
  /** Tells a user's hub that one of their sessions is in use. */
  reportUse: SessionUseOptions["report"];
}

/** One more of many is let in when another goes. */
const tryAgainMs = 5_000;
/** How long a socket may be on its way in, with what its hub had said before something changed. */
const onTheWayMs = 60_000;

/** The sockets of a room: who hears what, in which order, and until when. */
export class Subscribers {
  readonly sockets: SocketRegistry<Subscriber>;
  readonly presence: Presence;
  readonly signals: SignalBroadcast;
  readonly sweep: IdleReaper;
  readonly supervisors: Supervisors;
  readonly #room: StoredRoomState;
  readonly #config: Config;
  readonly #replies = new Map<SubscriberConnection, string[]>();
  readonly #heard: CommittedEvent[] = [];
  readonly #ended = new TtlMap<true>(onTheWayMs);
  readonly #facts = new TtlMap<UserFacts>(onTheWayMs);
  readonly #statuses = new TtlMap<UserStatus>(onTheWayMs);

  /** In the object's constructor. */
  constructor(ctx: DurableObjectState, { room, due, config, reportUse }: SubscribersOptions) {
    this.#room = room;
    this.#config = config;
    this.sockets = new SocketRegistry(ctx, socketRegistryOptions(config), (connection) =>
      this.#gone(connection),
    );
    this.signals = new SignalBroadcast({
      sockets: this.sockets,
      presence: () => this.presence,
      channelId: () => room.channel.id,
    });
    this.presence = new Presence(
      new DisconnectGrace(ctx.storage.sql, due),
      this.sockets.all,
      (userId, before) => this.signals.changed(userId, before),
    );
    this.signals.resume();
    this.supervisors = new Supervisors(ctx);
    const { SESSION_IDLE_MS: idleMs, SOCKET_SILENCE_MS: silenceMs } = config;
    const use = new SessionUseReports({ sockets: this.sockets, idleMs, report: reportUse });
    this.sweep = new IdleReaper({ sockets: this.sockets, due, silenceMs, use });
  }

  /** Refuses `rate_limited` where this user has as many sockets of their own here as one may. */
  requireSocketSlot(userId: string): void {
    let count = 0;
    for (const { owner } of this.presence.connectionsOf(userId)) if (owner.via === "client") count++;
    if (count >= this.#config.ROOM_USER_SOCKETS)
      reject("rate_limited", `You have ${count} sockets open here, as many as a user may`, {
        retryAfterMs: tryAgainMs,
      });
  }

  /**
   * Takes a socket and tells it, in one go, what it missed and where it now stands; from here on it hears everything.
   * Without an await: what was missed and what follows meet without a hole.
   */
  addSubscriber(
    reader: Omit<Subscriber, "heardAt">,
    {
      since,
      epoch,
      supervisionId,
      nowMs,
    }: Pick<RoomUpgrade, "since" | "epoch" | "supervisionId"> & { nowMs: number },
  ): WebSocket {
    this.broadcastQueued();
    const tags = tagsOf(supervisionId);
    const { client, connection } = this.sockets.accept({ ...reader, heardAt: nowMs, usedAt: nowMs }, tags);
    this.#keepStatus(reader.status);
    this.presence.enter(connection);
    this.sweep.watch(connection, nowMs);
    this.sockets.send(connection, [
      // A gateway has greeted its client itself.
      ...(reader.via === "client" ? [helloEnvelope(this.#room, this.#config, reader)] : []),
      ...missedEnvelopes(this.#room, since, epoch),
      subscribedEnvelope(this.#room, this.presence),
    ]);
    this.signals.joined(connection);
    return client;
  }

  sendTo(connection: SubscriberConnection, item: ServerEnvelope): void {
    this.sockets.send(connection, [JSON.stringify(item)]);
  }

  /** Notes that a frame is to be answered by one `reply`. */
  expectReply(connection: SubscriberConnection): void {
    connection.repliesPending++;
  }

  /** Holds an answer until `sendReplies`, so that the answers of a turn to one socket share a frame. */
  reply(connection: SubscriberConnection, text: string): void {
    const replies = this.#replies.get(connection);
    if (replies) replies.push(text);
    else this.#replies.set(connection, [text]);
  }

  sendReplies(): void {
    for (const [connection, replies] of this.#replies) {
      this.sockets.send(connection, replies);
      connection.repliesPending -= replies.length;
      if (connection.repliesPending <= 0) connection.onAllReplied?.();
    }
    this.#replies.clear();
  }

  /** Keeps what was committed until `flush`, which whatever changes the audience calls first. */
  queueEvents(events: readonly CommittedEvent[]): void {
    this.#heard.push(...events);
  }

  /** One frame a socket. A change of audience is a barrier: what precedes it goes to the old one, what follows to the new. */
  broadcastQueued(): void {
    let held: string[] = [];
    const send = (): void => {
      this.sockets.broadcast(held);
      held = [];
    };
    const events = this.#heard.splice(0);
    for (const [index, { seq, envelope, revokesAccessOf }] of events.entries()) {
      if (revokesAccessOf === "outsiders") {
        send();
        // The state is that after the turn: who leaves later in it is no outsider yet.
        const leaving = new Set(
          events
            .slice(index)
            .map(({ revokesAccessOf: later }) => (later === "outsiders" ? undefined : later?.userId)),
        );
        this.#remove(
          ({ userId }) => this.#room.member(userId) === undefined && !leaving.has(userId),
          seq - 1,
        );
      }
      held.push(envelope);
      if (revokesAccessOf !== undefined && revokesAccessOf !== "outsiders") {
        send();
        this.#remove(({ userId }) => userId === revokesAccessOf.userId, seq);
      }
    }
    send();
  }

  /** Ends a subscription at its reader's wish: after the answers to what they sent before, and nothing follows. */
  async unsubscribe(connection: SubscriberConnection): Promise<void> {
    if (connection.repliesPending > 0)
      await new Promise<void>((resolve) => {
        connection.onAllReplied = resolve;
      });
    this.broadcastQueued();
    this.#tellUnsubscribed(connection, "requested", this.#room.log.head);
    this.sockets.close(connection, "done");
  }

  /** Closes all sockets with 1012, after what was committed. */
  closeAll(): void {
    this.broadcastQueued();
    for (const connection of this.sockets.all) this.sockets.close(connection, "restart");
  }

  /** Closes the sockets of a session that is over, and keeps out one that is on its way in. */
  endSession(sessionId: string, nowMs: number): void {
    this.#ended.set(sessionId, true, nowMs);
    this.broadcastQueued();
    this.#end((reader) => reader.sessionId === sessionId);
  }

  hasEnded(sessionId: string): boolean {
    return this.#ended.get(sessionId) === true;
  }

  /** The newer of what a hub said to one who is coming in, and of what it told the room meanwhile. */
  newest({ facts, status }: { facts: UserFacts; status: UserStatus }): {
    facts: UserFacts;
    status: UserStatus;
  } {
    const { userId } = facts;
    const known = [this.presence.statusOf(userId), this.#statuses.get(userId)];
    return {
      facts: newer(facts, this.#facts.get(userId)),
      status: known.reduce<UserStatus>(newer, status),
    };
  }

  /** Takes newer facts of a user; older ones that come late change nothing. Returns whether they have a socket here. */
  setFacts(facts: UserFacts, nowMs: number): boolean {
    const { userId, role, active, rev } = facts;
    this.broadcastQueued();
    if ((this.#facts.get(userId)?.rev ?? 0) < rev) this.#facts.set(userId, facts, nowMs);
    const isOlder = (reader: Subscriber): boolean => reader.userId === userId && reader.factsRev < rev;
    if (!active) this.#end(isOlder);
    for (const connection of this.sockets.all)
      if (isOlder(connection.owner))
        this.sockets.updateOwner(connection, { ...connection.owner, role, factsRev: rev });
    return this.sockets.has((reader) => reader.userId === userId);
  }

  /** Takes a newer status of a user, as `setFacts` does their facts. */
  setStatus(status: UserStatus, nowMs: number): boolean {
    const { userId, rev } = status;
    if ((this.#statuses.get(userId)?.rev ?? 0) < rev) this.#statuses.set(userId, status, nowMs);
    this.#keepStatus(status);
    return this.presence.setStatus(status);
  }

  /** The other end of a socket closed it, or broke the protocol (no code). */
  onClosed(ws: WebSocket, code?: number): void {
    const isOver = code === undefined || ws.readyState === WebSocket.CLOSED;
    this.sockets.closed(ws, code);
    this.supervisors.closed(ws, { isOver });
  }

  /** By the alarm: who did not come back is gone, and others are told. */
  expireDisconnected(nowMs: number): void {
    this.presence.expire(nowMs);
    // At once: the object may sleep from here on.
    this.signals.send();
  }

  /** With each socket, so that it outlives the object's memory, whichever of them goes first. */
  #keepStatus(status: UserStatus): void {
    for (const connection of this.presence.connectionsOf(status.userId))
      if (connection.owner.status.rev < status.rev)
        this.sockets.updateOwner(connection, { ...connection.owner, status });
  }

  /** Closes the sockets of those who may read no more, and had everything up to `seq`. */
  #remove(concerned: (reader: Subscriber) => boolean, seq: number): void {
    for (const connection of this.sockets.all) {
      if (!concerned(connection.owner)) continue;
      // A gateway goes on for other channels, and its client is to know where this one ended.
      if (connection.owner.via === "gateway") this.#tellUnsubscribed(connection, "removed", seq);
      this.sockets.close(connection, "notMember");
    }
  }

  #end(concerned: (reader: Subscriber) => boolean): void {
    for (const connection of this.sockets.all)
      if (concerned(connection.owner)) this.sockets.close(connection, "sessionEnded");
  }

  #tellUnsubscribed(connection: SubscriberConnection, reason: "requested" | "removed", seq: number): void {
    this.sendTo(connection, {
      type: "unsubscribed",
      channelId: this.#room.channel.id,
      data: { reason, seq },
    });
  }

  #gone(connection: SubscriberConnection): void {
    this.presence.leave(connection, Date.now());
    this.signals.left(connection);
    this.sweep.forget(connection);
    if (connection.ws.readyState === WebSocket.OPEN) this.supervisors.closing(connection.ws);
  }
}

/** Of two, that of the higher revision. */
const newer = <T extends { rev: number }>(one: T, other: T | undefined): T =>
  other && other.rev > one.rev ? other : one;
