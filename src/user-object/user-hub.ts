import { configOf } from "../config.ts";
import type { AccountFacts, Actor, CheckedActor, UserFacts, UserStatus } from "../domain/actor.ts";
import { AppError } from "../errors/app-error.ts";
import type { UserNotice, ReadStateNotice, ThreadReadStateNotice } from "../domain/notice.ts";
import { callObject, roomOf } from "../rpc/stubs.ts";
import { type RpcResult, toRpcResult, unwrap } from "../rpc/rpc-result.ts";
import { problemResponse } from "../errors/problem-response.ts";
import type { ChargeResult, CountedAction, Usage } from "../domain/usage-budget.ts";
import { isoTime } from "../lib/time.ts";
import { parseHubUpgrade } from "../sockets/upgrade.ts";
import { deriveRefreshToken, type PresentedToken } from "../features/auth/index.ts";
import { readAccount, readOwnAccount } from "../features/users/index.ts";
import {
  limits,
  type Self,
  type Session,
  type Status,
  type StatusChange,
  type UserPresence,
} from "../protocol/index.ts";
import { userFacts } from "./account.ts";
import { beginSession, type NewSession } from "./sessions/begin-session.ts";
import { DeviceSockets } from "./sockets/devices.ts";
import { DirectSockets, presenceOf } from "./sockets/direct-sockets.ts";
import { FileHub } from "./files/file-hub.ts";
import { runFiles } from "./files/file-removal.ts";
import type { NotificationList, NotificationReadPosition } from "./notifications/notifications.ts";
import { noDatabase, noSession, noSuch, suspended } from "./rpc-failures.ts";
import { rotateToken } from "./sessions/rotate-refresh-token.ts";
import { admitToChannel } from "./room-sync/admit-to-channel.ts";
import { expectAccountChange, runAlarm } from "./run-alarm.ts";
import type { SessionRecord } from "./sessions/sessions.ts";
import { SocketQuota } from "./sockets/socket-quota.ts";
import { HubState } from "./hub-state.ts";
import type { StatusUpdate } from "./presence/chosen-status.ts";
import { callRoom } from "./room-sync/call-room.ts";
import { UserSockets } from "./sockets/user-sockets.ts";

/** What a client gets for a proof of who they are. */
export interface Credentials {
  userId: string;
  sessionId: string;
  /** Of the refresh token; the access token that is issued with it bears it too. */
  generation: number;
  refreshToken: string;
}

/** How a session reaches a room: by a socket of its own, or by one that a gateway shares among rooms. */
export type SocketPath = "client" | "gateway";

/**
 * One user's hub: the authority on their live sessions, refresh tokens and tickets, the source of what rooms know of them, and
 * the log of their own events, which it tells their devices.
 * Only what its callers have proved creates anything: a made-up id leaves no trace.
 */
export class UserHub extends FileHub {
  protected override readonly hub: HubState;
  readonly #sockets: UserSockets;
  readonly #direct: DirectSockets;
  readonly #quota: SocketQuota;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const config = configOf(env);
    const userId = ctx.id.name ?? "";
    this.hub = new HubState(ctx.storage, {
      userId,
      config,
      key: config.REFRESH_TOKEN_KEY,
      limits: { idleMs: config.SESSION_IDLE_MS, maxMs: config.SESSION_MAX_MS },
      devices: new DeviceSockets(ctx, config),
      callRooms: (call) => callRoom(env, this.hub, call),
    });
    this.#quota = new SocketQuota({
      hub: this.hub,
      config,
      socketIds: (channelId) => callObject(() => roomOf(env, channelId).socketIds(userId)),
    });
    this.#sockets = new UserSockets(this.hub, { config, quota: this.#quota });
    this.#direct = new DirectSockets(this.hub, (channelId) =>
      callObject(() => roomOf(env, channelId).hasSocket(userId)),
    );
  }

  /** Begins a session for someone who proved to own the account. `unauthenticated`: that proof is out of date. */
  async createSession(begin: NewSession): Promise<RpcResult<Credentials>> {
    return this.#credentials(await beginSession(this.hub, begin));
  }

  /**
   * Returns who asks, if the session is live, and whether this hub holds `channelId`. The hot path: it writes once a minute at most.
   *
   * @param generation of the access token that the request bore: proves that the answer that brought it was received
   */
  async checkSession(sessionId: string, channelId?: string, generation?: number): Promise<RpcResult<CheckedActor>> {
    return this.#checked(this.hub.authenticate(sessionId, generation), channelId);
  }

  /** Returns those of these channels that the user was admitted to before, so that their rooms may be called. */
  async admittedChannels(channelIds: string[]): Promise<string[]> {
    return this.hub.exists ? this.hub.attachments.factsSubscribers(channelIds) : [];
  }

  /** A ticket that opens one socket as this session, within so many seconds. */
  async createTicket(sessionId: string): Promise<RpcResult<{ ticket: string; expiresIn: number }>> {
    const hub = this.hub;
    if (!hub.liveSession(sessionId)) return noSession();
    const ticket = hub.commit(() => hub.tickets.create(sessionId, Date.now()));
    return { ok: true, value: { ticket, expiresIn: limits.ticketSeconds } };
  }

  /** As `check`, for the session that asked for the ticket: the first time, in time, and while it lives. Else `unauthenticated`. */
  async redeemTicket(ticket: string, channelId?: string): Promise<RpcResult<CheckedActor>> {
    return this.#checked(this.hub.redeemTicket(ticket), channelId);
  }

  /** Trades a refresh token; one that was used before ends the session. */
  async rotateRefreshToken(token: PresentedToken): Promise<RpcResult<Credentials>> {
    return this.#credentials(await rotateToken(this.hub, token, configOf(this.env).REFRESH_TOKEN_KEY));
  }

  /** The live ones, newest first. `currentId` is the one that asks. */
  async listSessions(currentId: string): Promise<Session[]> {
    if (!this.hub.exists) return [];
    return this.hub.sessions
      .listLive(Date.now())
      .map(({ id, device, addressPrefix, createdAt, lastUsedAt }) => ({
        id,
        device,
        addressPrefix,
        createdAt: isoTime(createdAt),
        lastUsedAt: isoTime(lastUsedAt),
        current: id === currentId,
      }));
  }

  /** Ends one session for good. Rooms have closed its sockets when this returns, or will. `not_found`: it is not live. */
  async endSession(sessionId: string): Promise<RpcResult<null>> {
    if (!this.hub.liveSession(sessionId)) return noSuch("session");
    await this.hub.commitAndCallRooms(() => this.hub.endSessions([sessionId], Date.now()));
    return { ok: true, value: null };
  }

  /** Ends all sessions, as `endSession` does. */
  async endSessions({ except }: { except?: string } = {}): Promise<void> {
    if (!this.hub.exists) return;
    await this.hub.commitAndCallRooms(() =>
      this.hub.endSessions(
        this.hub.sessions.ids().filter((id) => id !== except),
        Date.now(),
      ),
    );
  }

  /**
   * A room asks before it accepts a socket of this session; from now on it hears when the session ends, and of each change of
   * the status. `socketId`: the room's name for the socket, under which it is counted. `rate_limited`: it is one too many.
   */
  async attachSocket(
    sessionId: string,
    channelId: string,
    via: SocketPath = "client",
    socketId?: string,
  ): Promise<RpcResult<{ facts: UserFacts; status: UserStatus }>> {
    const hub = this.hub;
    const direct = via === "client";
    return toRpcResult(async () => {
      if (!hub.liveSession(sessionId)) return unwrap(noSession());
      const kind = direct ? "connection" : "subscription";
      const isNew = socketId !== undefined && !hub.roomSockets.has(socketId);
      if (isNew) await this.#quota.refresh(kind);
      const nowMs = Date.now();
      const actor = hub.authenticate(sessionId);
      const { known } = this.#account;
      if (!actor || !known) return unwrap(noSession());
      if (isNew) this.#quota.check(kind);
      hub.presence.update(nowMs);
      hub.commit(() => {
        hub.attachments.attach(sessionId, channelId, { direct, nowMs });
        hub.attachments.addFactsSubscriber(channelId, nowMs);
        if (socketId !== undefined) hub.roomSockets.add({ id: socketId, channelId, direct });
      });
      return { facts: userFacts(known), status: hub.publicStatus.current };
    });
  }

  /**
   * A room asks before this user becomes its member, from now on it receives changes. `by`: who makes them a member, themselves
   * or another. Refuses `not_found` for no user, `conflict` for a suspended one and where they are in as many channels as one can be,
   * `rate_limited` where others added them to many lately.
   */
  async admitAsMember(channelId: string, { by }: { by?: string } = {}): Promise<RpcResult<UserFacts>> {
    const hub = this.hub;
    if (!this.#account.known) {
      const account = await readAccount(this.env, hub.userId).catch(() => "unavailable" as const);
      if (account === "unavailable") return noDatabase();
      if (!account) return noSuch("user");
      hub.create();
      hub.commit(() => hub.applyAccount(account, Date.now()));
    }
    const { current } = hub.account;
    if (!current) return noSuch("user");
    if (!current.active) return suspended();
    return toRpcResult(() =>
      hub.commit(() => {
        if (by !== undefined) admitToChannel(hub, channelId, by, configOf(this.env).USER_CHANNELS_MAX);
        hub.attachments.addFactsSubscriber(channelId, Date.now());
        return userFacts(current);
      }),
    );
  }

  /** A room reports what this user wrote there since it last did; whether they may go on. */
  async chargeUsage(usage: Usage): Promise<ChargeResult> {
    const hub = this.hub;
    return hub.exists ? hub.commit(() => hub.quotas.charge(usage, Date.now())) : { retryAfterMs: 0 };
  }

  /** Takes one of what this user may do so often an hour. `rate_limited`: it was too often. */
  async spendQuota(kind: CountedAction): Promise<RpcResult<null>> {
    const hub = this.hub;
    if (!hub.exists) return noSession();
    return toRpcResult(() => {
      hub.commit(() => hub.quotas.spend(kind, Date.now()));
      return null;
    });
  }

  /**
   * Announces that the account's row in D1 is about to change. Pass what this returns to `reconcile` afterwards; where that
   * never comes, an alarm reads the row, so that the change takes effect here whoever dies.
   */
  async announceAccountChange(): Promise<string> {
    return expectAccountChange(this.hub);
  }

  /**
   * Takes the account as D1 has it. Sessions from before a change of the credentials end, but for `keep`, which made it;
   * all end when the account is suspended. Rooms hear what concerns them, and the user's devices of `self`, the account as its
   * owner sees it. Older facts than those known change nothing.
   */
  async applyAccount(
    account: AccountFacts,
    { expectation, keep, self }: { expectation?: string; keep?: string; self?: Self } = {},
  ): Promise<void> {
    const hub = this.hub;
    if (!hub.exists) return;
    await hub.commitAndCallRooms(() => {
      if (keep) hub.sessions.raiseCredentialVersion(keep, account.credentialVersion);
      if (expectation) hub.alarms.clear(expectation);
      return hub.applyAccount(account, Date.now(), self);
    });
  }

  /**
   * A room tells what concerns this user, at least once: what they are to be notified of, in any order; events of their own, in
   * the order of its log; and up to where they have read, in the channel and in its threads. Each is taken once. Committed when this
   * resolves.
   */
  async receiveNotices(
    channelId: string,
    notices: UserNotice[],
    reading?: ReadStateNotice,
    threads: ThreadReadStateNotice[] = [],
  ): Promise<void> {
    this.hub.create();
    this.hub.notify(channelId, notices, reading, threads);
  }

  /** Up to `limit` notifications, newest first, those before the event `before` where it is given. */
  async listNotifications(limit: number, before?: number): Promise<RpcResult<NotificationList>> {
    if (!this.hub.exists) return noSession();
    return { ok: true, value: this.hub.notifications.list(limit, before) };
  }

  /** Marks as read up to the event `seq`, those of the events `seqs`, or all. `validation_failed`: there is no such event yet. */
  async markNotificationsRead(seq?: number, seqs?: number[]): Promise<RpcResult<NotificationReadPosition>> {
    const hub = this.hub;
    if (!hub.exists) return noSession();
    return toRpcResult(() =>
      seqs ? hub.readEachNotification(seqs, Date.now()) : hub.readNotifications(seq, Date.now()),
    );
  }

  async getStatus(): Promise<RpcResult<Status>> {
    if (!this.hub.exists) return noSession();
    return { ok: true, value: this.hub.chosenStatus.at(Date.now()) };
  }

  /**
   * Changes what is given of the status; gives what is chosen now, and what others see of it. `validation_failed`: an emoji that
   * is none, or an end that is past.
   */
  async setStatus(change: StatusUpdate): Promise<RpcResult<{ status: Status; shown: StatusChange }>> {
    if (!this.hub.exists) return noSession();
    return toRpcResult(() => this.hub.changeStatus(change, Date.now()));
  }

  /** How others see the user, there or not. Undefined: this hub knows of no such user, D1 may. */
  async getPresence(): Promise<UserPresence | undefined> {
    return this.#account.known && presenceOf(this.hub, this.#direct);
  }

  /** By a local server that is about to stop. Gateways close their clients' sockets in turn. */
  async closeSockets(): Promise<void> {
    for (const connection of this.hub.devices.sockets.all)
      this.hub.devices.sockets.close(connection, "restart");
  }

  /** By a gateway: its socket for this user's own events. Refusals are problems. */
  override async fetch(request: Request): Promise<Response> {
    const upgrade = parseHubUpgrade(request);
    const outcome = await toRpcResult(() => this.#sockets.connect(upgrade));
    return outcome.ok ? outcome.value : problemResponse(new AppError(outcome.problem), upgrade.requestId);
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    this.#sockets.receive(ws, message);
  }

  override webSocketClose(ws: WebSocket, code: number): void {
    this.#sockets.closed(ws, code);
  }

  override webSocketError(ws: WebSocket): void {
    this.#sockets.closed(ws);
  }

  override async alarm(): Promise<void> {
    if (this.hub.exists) {
      await runAlarm(this.hub, {
        readAccount: () => readOwnAccount(this.env, this.hub.userId),
        runFiles: () => runFiles(this.env, this.hub),
      });
    }
  }

  get #account(): { known?: AccountFacts | undefined } {
    return this.hub.exists ? this.hub.account : {};
  }

  #checked(actor: Actor | undefined, channelId: string | undefined): RpcResult<CheckedActor> {
    if (!actor) return noSession();
    if (channelId === undefined) return { ok: true, value: actor };
    return { ok: true, value: { ...actor, holds: this.hub.attachments.factsSubscribers([channelId]).length > 0 } };
  }

  #credentials(session: SessionRecord | undefined): RpcResult<Credentials> {
    if (!session) return noSession();
    const claims = { userId: this.hub.userId, sessionId: session.id, generation: session.generation };
    const refreshToken = deriveRefreshToken(configOf(this.env).REFRESH_TOKEN_KEY, claims, session.salt);
    const { userId, generation } = claims;
    return { ok: true, value: { userId, sessionId: session.id, generation, refreshToken } };
  }
}
