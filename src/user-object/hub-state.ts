import type { Config } from "../config.ts";
import type { AccountFacts, Actor } from "../domain/actor.ts";
import { roleUnder } from "../domain/token-grant.ts";
import type { SecondFactorPolicy } from "../domain/second-factor.ts";
import { AlarmScheduler } from "../durable/alarm-scheduler.ts";
import type { HubAlarmKey } from "./alarm-tasks.ts";
import { EventLog } from "../durable/event-log.ts";
import { hasTable, isBlank, migrate } from "../durable/migrations.ts";
import { reject } from "../errors/app-error.ts";
import { isSameText } from "../lib/macs.ts";
import { failpoint } from "../lib/failpoint.ts";
import { settledWithin } from "../lib/parallel.ts";
import type { Self } from "../protocol/index.ts";
import { Account } from "./account.ts";
import { settleAvatars } from "./files/avatars.ts";
import { UserFiles } from "./files/user-files.ts";
import { Notifications } from "./notifications/notifications.ts";
import { CommandRuns } from "./commands/command-runs.ts";
import { ChosenStatus } from "./presence/chosen-status.ts";
import { HubPresence } from "./presence/hub-presence.ts";
import { PublicStatus } from "./presence/public-status.ts";
import { isPushOn } from "../features/push/index.ts";
import { StoredNotificationSettings } from "./push/notification-settings.ts";
import { PushOutbox } from "./push/push-outbox.ts";
import { PushQueue } from "./push/push-queue.ts";
import { PushSubscriptions } from "./push/push-subscriptions.ts";
import { isRollbackable } from "./rollbackable.ts";
import { Invitation } from "./room-sync/invitation.ts";
import { Memberships } from "./room-sync/memberships.ts";
import { RoomAttachments } from "./room-sync/room-attachments.ts";
import { type RoomCall, RoomOutbox } from "./room-sync/room-outbox.ts";
import { Challenges } from "./second-factor/challenges.ts";
import { SecondFactors } from "./second-factor/second-factors.ts";
import { StoredPolicy } from "./second-factor/stored-policy.ts";
import { hubMigrations } from "./schema.ts";
import { lacksSecondFactor, type SessionRecord, Sessions } from "./sessions/sessions.ts";
import { Tickets } from "./sessions/tickets.ts";
import type { DeviceSockets } from "./sockets/devices.ts";
import { RoomSockets } from "./sockets/room-sockets.ts";
import { UserEventLog } from "./user-event-log.ts";
import { UserQuotas } from "./user-quotas.ts";

export interface HubOptions {
  userId: string;
  config: Config;
  devices: DeviceSockets;
  env: Env;
}

/** How long a request waits for rooms to close sockets or to receive the account. The outbox delivers the rest afterwards. */
const roomCallsTimeoutMs = 1_000;
/** An alarm is set at most 30 days ahead; for a later time it is set again when it fires. */
const maxAlarmDelayMs = 30 * 24 * 3_600_000;

/** What a request proved about its session. */
export interface SessionProof {
  /** Of the access token that the request carried: the client has received the tokens of that generation. */
  generation?: number | undefined;
  /** Of the token that the request carried. */
  tokenHash?: string | undefined;
}

/**
 * The stored state of one user's hub: its parts, the commits over them, and the changes that touch several parts. Parts are public
 * fields, so that `commit` finds those that a rollback must invalidate (`Rollbackable`).
 *
 * The tables exist only after `create`; until then only `exists`, `storedAccount`, `liveSession`, `authenticate`, `redeemTicket` and
 * `devices` may be used.
 */
export class HubState {
  readonly userId: string;
  /** Sockets of gateways, one for each connected device. */
  readonly devices: DeviceSockets;
  readonly alarms: AlarmScheduler<HubAlarmKey>;
  readonly account: Account;
  readonly sessions: Sessions;
  readonly tickets: Tickets;
  /** Which rooms have sockets of the user, and which subscribe to the account. */
  readonly attachments: RoomAttachments;
  /** Sockets to rooms that count against the socket quota. */
  readonly roomSockets: RoomSockets;
  /** Calls to rooms that must be delivered at least once. */
  readonly roomOutbox: RoomOutbox;
  /** The status that the user chose. */
  readonly chosenStatus: ChosenStatus;
  /** The status that others see. */
  readonly publicStatus: PublicStatus;
  /** The log of the user's own events. */
  readonly events: UserEventLog;
  readonly notifications: Notifications;
  /** When notifications are pushed. */
  readonly notificationSettings: StoredNotificationSettings;
  readonly pushSubscriptions: PushSubscriptions;
  /** The notifications that are to be pushed, or were. */
  readonly pushes: PushQueue;
  readonly pushOutbox: PushOutbox;
  readonly presence: HubPresence;
  readonly files: UserFiles;
  readonly quotas: UserQuotas;
  readonly memberships: Memberships;
  readonly secondFactors: SecondFactors;
  /** Challenges of logins and new passkeys that were not answered yet. */
  readonly challenges: Challenges;
  /** What the workspace requires of sessions. */
  readonly policy: StoredPolicy;
  /** The invite with which the user registered. */
  readonly invitation: Invitation;
  /** The invocations of bots' commands whose response URLs are valid. */
  readonly commandRuns: CommandRuns;
  readonly #storage: DurableObjectStorage;
  #exists: boolean;
  #isErased: boolean;

  constructor(storage: DurableObjectStorage, { userId, config, devices, env }: HubOptions) {
    const { sql } = storage;
    const log = new EventLog(sql);
    this.userId = userId;
    this.#storage = storage;
    this.devices = devices;
    this.alarms = new AlarmScheduler<HubAlarmKey>(storage);
    this.account = new Account(sql, userId);
    this.sessions = new Sessions(sql, { idleMs: config.SESSION_IDLE_MS, maxMs: config.SESSION_MAX_MS });
    this.tickets = new Tickets(sql, { userId, key: config.REFRESH_TOKEN_KEY });
    this.attachments = new RoomAttachments(sql);
    this.roomSockets = new RoomSockets(sql);
    this.roomOutbox = new RoomOutbox({ env, hub: this, sql });
    this.chosenStatus = new ChosenStatus(sql);
    this.publicStatus = new PublicStatus(sql, userId);
    this.events = new UserEventLog(sql, { userId, log });
    this.notificationSettings = new StoredNotificationSettings(sql);
    this.pushSubscriptions = new PushSubscriptions(sql);
    this.pushes = new PushQueue(this, sql, { isOn: isPushOn(config), graceMs: config.PUSH_GRACE_MS });
    this.pushOutbox = new PushOutbox(this, config);
    this.notifications = new Notifications(sql, { log, events: this.events, pushes: this.pushes });
    this.files = new UserFiles(sql);
    this.quotas = new UserQuotas(sql, config);
    this.memberships = new Memberships(sql);
    this.secondFactors = new SecondFactors(sql);
    this.challenges = new Challenges(sql);
    this.policy = new StoredPolicy(sql);
    this.invitation = new Invitation(sql);
    this.commandRuns = new CommandRuns(sql);
    this.presence = new HubPresence(this);
    this.#isErased = hasTable(sql, "erased");
    this.#exists = !isBlank(sql);
    if (this.#exists) migrate(storage, hubMigrations);
  }

  /** Whether the tables exist. */
  get exists(): boolean {
    return this.#exists;
  }

  /**
   * Creates the tables, if they do not exist. Only for a user who is known to exist: made-up ids must not fill storage.
   *
   * @throws `not_found` for an erased account
   */
  create(): void {
    if (this.#isErased) reject("not_found", "This account was erased");
    if (this.#exists) return;
    migrate(this.#storage, hubMigrations);
    this.#exists = true;
  }

  /** Whether the account was erased. Then only files that messages carry may be left. */
  get isErased(): boolean {
    return this.#isErased;
  }

  /** Writes the tombstone of an erased account, after its rows were deleted, and discards what memory holds of them. */
  markErased(sql: SqlStorage): void {
    sql.exec("CREATE TABLE IF NOT EXISTS erased (one INTEGER PRIMARY KEY CHECK (one = 1))");
    this.#isErased = true;
    this.#exists = !isBlank(sql);
    for (const part of Object.values(this)) if (isRollbackable(part)) part.invalidate();
  }

  /** The stored account; undefined before the hub received one. */
  get storedAccount(): AccountFacts | undefined {
    return this.#exists ? this.account.current : undefined;
  }

  /** Returns a session that is neither ended nor expired. */
  liveSession(sessionId: string): SessionRecord | undefined {
    return this.#exists ? this.sessions.findLive(sessionId, Date.now()) : undefined;
  }

  /**
   * Returns the actor of a live session, and records that the session is in use: at most one write a minute.
   *
   * @param proof what the request carried
   * @param options `restricted`: also accepts a session that has not passed the second factor that the workspace requires
   */
  authenticate(
    sessionId: string,
    { generation, tokenHash }: SessionProof = {},
    { restricted = false }: { restricted?: boolean } = {},
  ): Actor | undefined {
    const session = this.liveSession(sessionId);
    const account = session && this.account.current;
    if (!account || (!restricted && this.isRestricted(session))) return undefined;
    const { token } = session;
    if (tokenHash !== undefined && !(token && isSameText(tokenHash, token.hash))) return undefined;
    const nowMs = Date.now();
    // A program with a personal token does not make its user active.
    if (this.sessions.recordUse(session, nowMs) && token?.kind !== "pat") this.presence.recordActivity(nowMs);
    if (generation !== undefined) this.sessions.recordReceipt(session, generation, nowMs);
    const role = roleUnder(token?.grant.scopes, account.role);
    return {
      userId: this.userId,
      sessionId,
      role,
      ...(token && { grant: token.grant }),
      // A bot acts by tokens of this kind alone.
      ...(token?.kind === "bot" && { isBot: true as const }),
    };
  }

  /** Whether a session may do nothing but pass or enable a second factor: see `lacksSecondFactor`. */
  isRestricted(session: Pick<SessionRecord, "hasSecondFactor" | "token">): boolean {
    return lacksSecondFactor(session) && this.policy.current.isRequired;
  }

  /** Uses up a ticket and returns the actor of its session; undefined when the ticket or the session is no longer valid. */
  redeemTicket(ticket: string): Actor | undefined {
    if (!this.#exists) return undefined;
    const sessionId = this.commit(() => this.tickets.redeem(ticket, Date.now()));
    return sessionId === undefined ? undefined : this.authenticate(sessionId);
  }

  /**
   * Runs `work` in one transaction. Afterwards it broadcasts the events that `work` appended to the user's devices, closes the device
   * sockets of sessions that `work` ended, and starts the pushes that `work` queued. When `work` throws, storage is rolled back and every part discards what it cached.
   */
  commit<T>(work: () => T): T {
    let result: T;
    try {
      result = this.#storage.transactionSync(() => {
        const value = work();
        this.pushOutbox.prepare();
        return value;
      });
    } catch (error) {
      for (const part of Object.values(this)) if (isRollbackable(part)) part.invalidate();
      throw error;
    }
    this.devices.broadcast(this.events.takeUnsent());
    this.devices.closeSessions(this.sessions.takeRemoved());
    this.pushOutbox.start();
    return result;
  }

  /** Commits a change of files, and sets the alarm for the next file that needs work. */
  commitFiles<T>(work: () => T): T {
    return this.commit(() => {
      const result = work();
      this.scheduleFiles();
      return result;
    });
  }

  /** Commits `work` and delivers the calls to rooms that it returns, as `deliverToRooms` does. */
  async commitAndCallRooms(work: () => RoomCall[]): Promise<void> {
    failpoint("hub:before-end");
    const calls = this.commit(work);
    failpoint("hub:after-end");
    await this.deliverToRooms(calls);
  }

  /** Makes queued calls to rooms, and waits at most 1 s for the first attempt. The outbox retries those that fail. */
  async deliverToRooms(calls: RoomCall[]): Promise<void> {
    if (calls.length === 0) return;
    await settledWithin(this.roomOutbox.deliver(calls), roomCallsTimeoutMs);
  }

  /**
   * Applies the account as D1 has it: ends the sessions that were begun under older credentials, or all of a suspended account, and
   * queues calls to the rooms that subscribe to the account. Call it within a commit.
   *
   * @param self the account as its owner sees it, which is appended to the user's own log
   * @returns the queued calls, for `deliverToRooms`
   */
  applyAccount(account: AccountFacts, nowMs: number, self?: Self): RoomCall[] {
    const { current, isPublicChange } = this.account.update(account);
    if (self && this.account.markSentToDevices(account.rev))
      // A Worker of an earlier release leaves `isBot` out.
      this.events.append("userUpdate", { user: { ...self, isBot: self.isBot ?? false } }, nowMs);
    if (self) {
      this.notificationSettings.setTimeZone({ timeZone: self.timeZone, rev: account.rev });
      this.pushes.recheck();
    }
    if (self) settleAvatars(this, { rev: account.rev, fileId: self.avatarFileId, nowMs });
    const ended = current.active
      ? this.sessions.withCredentialsBefore(current.credentialVersion)
      : this.sessions.ids();
    const closing = this.endSessions(ended, nowMs);
    if (!isPublicChange) return closing;
    return [...closing, ...this.roomOutbox.queueAll("facts", current.rev, nowMs)];
  }

  /**
   * Stores what the workspace requires of sessions. If that is a second factor, queues calls to the rooms that may have sockets of sessions
   * without one. Call it within a commit.
   *
   * @returns the queued calls, for `deliverToRooms`
   */
  applyPolicy(policy: SecondFactorPolicy, nowMs: number): RoomCall[] {
    const before = this.policy.current;
    this.policy.update(policy);
    if (before.isRequired || !this.policy.current.isRequired) return [];
    return this.roomOutbox.queue(
      this.sessions.restrictWithoutSecondFactor().flatMap((id) => this.#closeCalls(id)),
      nowMs,
    );
  }

  /**
   * Deletes sessions with their subscriptions to pushes, and queues a call to every room that may have sockets of them. Call it within a commit.
   *
   * @returns the queued calls, for `deliverToRooms`
   */
  endSessions(ids: readonly string[], nowMs: number): RoomCall[] {
    const calls = ids.flatMap((sessionId) => {
      this.sessions.remove(sessionId);
      this.pushSubscriptions.removeSession(sessionId);
      return this.#closeCalls(sessionId);
    });
    return this.roomOutbox.queue(calls, nowMs);
  }

  /** Detaches a session from rooms, and returns the calls that close its sockets there. */
  #closeCalls(sessionId: string): Omit<RoomCall, "attempts">[] {
    return this.attachments
      .detachSession(sessionId)
      .map((channelId) => ({ kind: "close" as const, channelId, sessionId, rev: 0 }));
  }

  /** Sets the alarm for the end of the custom status. */
  scheduleStatus(nowMs: number): void {
    this.scheduleTask("status", this.chosenStatus.expiresAt(), nowMs);
  }

  /** Sets the alarm for the next file that needs work. */
  scheduleFiles(): void {
    const next = this.files.nextScheduledAt();
    if (next === undefined) this.alarms.clear("files");
    else this.alarms.set("files", next);
  }

  /** Sets the alarm for the next expiry of a session. */
  scheduleExpiry(): void {
    this.scheduleTask("expiry", this.sessions.nextExpiry(), Date.now());
  }

  /**
   * Sets the alarm of a task, at most 30 days ahead, or clears it.
   *
   * @param at in ms since 1970; null or infinite: the task has nothing to do
   */
  scheduleTask(key: HubAlarmKey, at: number | null, nowMs: number): void {
    if (at === null || !Number.isFinite(at)) this.alarms.clear(key);
    else this.alarms.set(key, Math.min(at, nowMs + maxAlarmDelayMs));
  }
}
