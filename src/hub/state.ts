import type { AccountFacts } from "../core/actor.ts";
import { refuse } from "../core/app-error.ts";
import { failpoint } from "../core/failpoint.ts";
import type { Notice } from "../core/notice.ts";
import { settledWithin } from "../core/parallel.ts";
import { Due } from "../log/due.ts";
import { Log } from "../log/log.ts";
import { isBlank, migrate } from "../log/migrations.ts";
import type { Status } from "../protocol/index.ts";
import { Account } from "./account.ts";
import { Attachments } from "./attachments.ts";
import { type NotificationPlace, Notifications } from "./notifications.ts";
import { type RoomCall, RoomCalls, type TellRoom } from "./room-calls.ts";
import { hubMigrations } from "./schema.ts";
import { type SessionLimits, type SessionRecord, Sessions } from "./sessions.ts";
import { type StatusChange, StatusState } from "./status.ts";

interface HubOptions {
  userId: string;
  limits: SessionLimits;
  tell: TellRoom;
}

/** An answer waits so long for rooms to close sockets; the rest goes on behind it. */
const waitForRoomsMs = 1_000;
/** No alarm is set for later than this: it is set again when it rings. */
const longestAlarmMs = 30 * 24 * 3_600_000;

/** All that a hub keeps, and the changes that touch more than one part of it. Only `create` makes tables. */
export class HubState {
  readonly userId: string;
  readonly #storage: DurableObjectStorage;
  readonly due: Due;
  readonly account: Account;
  readonly sessions: Sessions;
  readonly attachments: Attachments;
  readonly calls: RoomCalls;
  readonly status: StatusState;
  /** Of the user's own events. */
  readonly log: Log;
  readonly notifications: Notifications;
  #exists: boolean;

  constructor(storage: DurableObjectStorage, { userId, limits, tell }: HubOptions) {
    this.userId = userId;
    this.#storage = storage;
    this.due = new Due(storage);
    this.account = new Account(storage.sql, userId);
    this.sessions = new Sessions(storage.sql, limits);
    this.attachments = new Attachments(storage.sql);
    this.calls = new RoomCalls(storage.sql, tell);
    this.status = new StatusState(storage.sql);
    this.log = new Log(storage.sql);
    this.notifications = new Notifications(storage.sql, { userId, log: this.log });
    this.#exists = !isBlank(storage.sql);
    if (this.#exists) migrate(storage, hubMigrations);
  }

  /** Whether there is anything to read. Nothing else may be called before this is true. */
  get exists(): boolean {
    return this.#exists;
  }

  create(): void {
    if (this.#exists) return;
    migrate(this.#storage, hubMigrations);
    this.#exists = true;
  }

  liveSession(sessionId: string): SessionRecord | undefined {
    return this.#exists ? this.sessions.findLive(sessionId, Date.now()) : undefined;
  }

  /** Runs `work` as one transaction; when it throws, nothing of it is left in storage or memory. */
  commit<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.due.forget();
      this.account.forget();
      this.sessions.forget();
      this.log.forget();
      throw error;
    }
  }

  /** Commits `work`, then calls the rooms that it names: the first try is waited for, but not for long. */
  async commitAndTell(work: () => RoomCall[]): Promise<void> {
    failpoint("hub:before-end");
    const calls = this.commit(work);
    failpoint("hub:after-end");
    await this.tell(calls);
  }

  async tell(calls: RoomCall[]): Promise<void> {
    if (calls.length === 0) return;
    await settledWithin(
      this.calls.deliver(calls).then(() => this.scheduleCalls()),
      waitForRoomsMs,
    );
  }

  /** Within a commit. Takes the account as it is now: ends the sessions that it no longer bears, and tells rooms of the rest. */
  learn(account: AccountFacts, nowMs: number): RoomCall[] {
    const { known, changed } = this.account.learn(account);
    const ended = known.active ? this.sessions.olderThan(known.credentialVersion) : this.sessions.ids();
    const closing = this.endSessions(ended, nowMs);
    return [...closing, ...(changed ? this.#scheduled(this.calls.queueFacts(known.rev, nowMs)) : [])];
  }

  /** Within a commit. Deletes the sessions and queues a call to every room that may have sockets of them. */
  endSessions(ids: string[], nowMs: number): RoomCall[] {
    const calls = ids.flatMap((sessionId) => {
      this.sessions.remove(sessionId);
      return this.attachments
        .detachAll(sessionId)
        .map((channelId) => ({ kind: "close" as const, channelId, sessionId, rev: 0 }));
    });
    return this.#scheduled(this.calls.queue(calls, nowMs));
  }

  /** Takes what a room tells of; while the user does not want to be disturbed, it is held back. */
  notify(channelId: string, notices: readonly Notice[], nowMs: number): void {
    failpoint("hub:before-notify");
    this.commit(() => this.notifications.take(channelId, notices, { hold: this.status.holdsBack, nowMs }));
    failpoint("hub:after-notify");
  }

  /** Marks as read up to the event `seq`, or all. Refuses `validation_failed` for a `seq` that is not there yet. */
  readNotifications(seq: number | undefined, nowMs: number): NotificationPlace {
    if (seq !== undefined && seq > this.log.head)
      refuse("validation_failed", "Some fields are not as they should be", {
        issues: [{ path: "seq", message: "Lies past your newest event" }],
      });
    return this.commit(() => {
      this.notifications.markRead(seq ?? this.log.head, nowMs);
      return this.notifications.place();
    });
  }

  /** Changes what is given; when `dnd` ends, what it held back is notified of. */
  changeStatus(change: StatusChange, nowMs: number): Status {
    failpoint("hub:before-status");
    const status = this.commit(() => {
      this.status.change(change, nowMs);
      if (!this.status.holdsBack) this.notifications.release(nowMs);
      this.scheduleStatus(nowMs);
      return this.status.at(nowMs);
    });
    failpoint("hub:after-status");
    return status;
  }

  #scheduled(queued: RoomCall[]): RoomCall[] {
    if (queued.length > 0) this.scheduleCalls();
    return queued;
  }

  scheduleCalls(): void {
    const next = this.calls.nextAt();
    if (next === undefined) this.due.clear("rooms");
    else this.due.set("rooms", next);
  }

  scheduleStatus(nowMs: number): void {
    const next = this.status.expiry();
    if (Number.isFinite(next)) this.due.set("status", Math.min(next, nowMs + longestAlarmMs));
    else this.due.clear("status");
  }

  scheduleExpiry(): void {
    const next = this.sessions.nextExpiry();
    if (Number.isFinite(next)) this.due.set("expiry", next);
    else this.due.clear("expiry");
  }
}
