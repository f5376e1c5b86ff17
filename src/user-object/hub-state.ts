import type { Config } from "../config.ts";
import type { AccountFacts, Actor } from "../domain/actor.ts";
import { reject } from "../errors/app-error.ts";
import { failpoint } from "../lib/failpoint.ts";
import type { UserNotice, ReadStateNotice, ThreadReadStateNotice } from "../domain/notice.ts";
import { settledWithin } from "../lib/parallel.ts";
import { AlarmScheduler } from "../durable/alarm-scheduler.ts";
import { EventLog } from "../durable/event-log.ts";
import { isBlank, migrate } from "../durable/migrations.ts";
import type { Self, Status, StatusChange } from "../protocol/index.ts";
import { Account } from "./account.ts";
import { RoomAttachments } from "./room-sync/room-attachments.ts";
import { settleAvatars } from "./files/avatars.ts";
import type { DeviceSockets } from "./sockets/devices.ts";
import { UserFiles } from "./files/user-files.ts";
import { Memberships } from "./room-sync/memberships.ts";
import { type NotificationReadPosition, Notifications } from "./notifications/notifications.ts";
import { UserEventLog } from "./user-event-log.ts";
import { HubPresence } from "./presence/hub-presence.ts";
import { UserQuotas } from "./user-quotas.ts";
import { RoomSockets } from "./sockets/room-sockets.ts";
import { type RoomCall, RoomOutbox, type CallRoom } from "./room-sync/room-outbox.ts";
import { hubMigrations } from "./schema.ts";
import { type SessionLimits, type SessionRecord, Sessions } from "./sessions/sessions.ts";
import { PublicStatus } from "./presence/public-status.ts";
import { type StatusUpdate, ChosenStatus } from "./presence/chosen-status.ts";
import { Tickets } from "./sessions/tickets.ts";

interface HubOptions {
  userId: string;
  config: Config;
  /** The Worker's secret key: tickets bear a MAC by it. */
  key: string;
  limits: SessionLimits;
  devices: DeviceSockets;
  callRooms: CallRoom;
}

/** An answer waits so long for rooms to close sockets; the rest goes on behind it. */
const waitForRoomsMs = 1_000;
/** No alarm is set for later than this: it is set again when it rings. */
const longestAlarmMs = 30 * 24 * 3_600_000;

/** All that a hub keeps, and the changes that touch more than one part of it. Only `create` makes tables. */
export class HubState {
  readonly userId: string;
  readonly #storage: DurableObjectStorage;
  readonly devices: DeviceSockets;
  readonly due: AlarmScheduler;
  readonly account: Account;
  readonly sessions: Sessions;
  readonly tickets: Tickets;
  readonly attachments: RoomAttachments;
  readonly roomSockets: RoomSockets;
  readonly calls: RoomOutbox;
  readonly status: ChosenStatus;
  readonly shown: PublicStatus;
  readonly own: UserEventLog;
  readonly notifications: Notifications;
  readonly presence: HubPresence;
  readonly files: UserFiles;
  readonly quotas: UserQuotas;
  readonly memberships: Memberships;
  /** Sessions that the commit which is open ends. */
  readonly #ended = new Set<string>();
  #exists: boolean;

  constructor(
    storage: DurableObjectStorage,
    { userId, config, key, limits, devices, callRooms }: HubOptions,
  ) {
    const { sql } = storage;
    const log = new EventLog(sql);
    this.userId = userId;
    this.#storage = storage;
    this.devices = devices;
    this.due = new AlarmScheduler(storage);
    this.account = new Account(sql, userId);
    this.sessions = new Sessions(sql, limits);
    this.tickets = new Tickets(sql, { userId, key });
    this.attachments = new RoomAttachments(sql);
    this.roomSockets = new RoomSockets(sql);
    this.calls = new RoomOutbox(sql, callRooms);
    this.status = new ChosenStatus(sql);
    this.shown = new PublicStatus(sql, userId);
    this.own = new UserEventLog(sql, { userId, log });
    this.notifications = new Notifications(sql, { log, own: this.own });
    this.files = new UserFiles(sql);
    this.quotas = new UserQuotas(sql, config);
    this.memberships = new Memberships(sql);
    this.presence = new HubPresence({
      devices,
      due: this.due,
      calls: this.calls,
      status: this.status,
      shown: this.shown,
      schedule: () => this.scheduleCalls(),
      commit: (work) => this.commit(work),
    });
    this.#exists = !isBlank(sql);
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

  /**
   * Who asks, if the session is live; notes that it is in use, and that the tokens of `generation` have arrived, where the request bore
   * an access token of it.
   */
  actor(sessionId: string, generation?: number): Actor | undefined {
    const session = this.liveSession(sessionId);
    const known = session && this.account.known;
    if (!known) return undefined;
    const nowMs = Date.now();
    if (this.sessions.touch(session, nowMs)) this.presence.noteActive(nowMs);
    if (generation !== undefined) this.sessions.noteReceipt(session, generation, nowMs);
    return { userId: this.userId, sessionId, role: known.role };
  }

  /** Who asked for this ticket, if their session is live; it is good for nothing from now on. */
  redeemTicket(ticket: string): Actor | undefined {
    if (!this.#exists) return undefined;
    const sessionId = this.commit(() => this.tickets.redeem(ticket, Date.now()));
    return sessionId === undefined ? undefined : this.actor(sessionId);
  }

  /**
   * Runs `work` as one transaction, then tells the devices what it logged, and closes those whose sessions it ended. When it
   * throws, nothing of it is left in storage or memory.
   */
  commit<T>(work: () => T): T {
    let result: T;
    try {
      result = this.#storage.transactionSync(work);
    } catch (error) {
      this.due.invalidate();
      this.account.forget();
      this.sessions.forget();
      this.roomSockets.forget();
      this.own.forget();
      this.#ended.clear();
      throw error;
    }
    this.devices.broadcast(this.own.takeUnheard());
    this.devices.end(this.#ended);
    this.#ended.clear();
    return result;
  }

  /** As `commit`, of what changes files: the alarm comes when one of them is due. */
  commitFiles<T>(work: () => T): T {
    return this.commit(() => {
      const result = work();
      this.scheduleFiles();
      return result;
    });
  }

  /** Commits `work`, then calls the rooms that it names: the first try is waited for, but not for long. */
  async commitAndCallRooms(work: () => RoomCall[]): Promise<void> {
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

  /**
   * Within a commit. Takes the account as it is now: ends the sessions that it no longer bears, and tells rooms of the rest,
   * and the user's devices of `self`, the account as its owner sees it.
   */
  learn(account: AccountFacts, nowMs: number, self?: Self): RoomCall[] {
    const { known, changed } = this.account.learn(account);
    if (self && this.account.tell(account.rev)) this.own.append("userUpdate", { user: self }, nowMs);
    if (self) settleAvatars(this, account.rev, self.avatarFileId, nowMs);
    const ended = known.active ? this.sessions.olderThan(known.credentialVersion) : this.sessions.ids();
    const closing = this.endSessions(ended, nowMs);
    return [...closing, ...(changed ? this.#scheduled(this.calls.queueAll("facts", known.rev, nowMs)) : [])];
  }

  /** Within a commit. Deletes the sessions and queues a call to every room that may have sockets of them. */
  endSessions(ids: string[], nowMs: number): RoomCall[] {
    const calls = ids.flatMap((sessionId) => {
      this.sessions.remove(sessionId);
      this.#ended.add(sessionId);
      return this.attachments
        .detachAll(sessionId)
        .map((channelId) => ({ kind: "close" as const, channelId, sessionId, rev: 0 }));
    });
    return this.#scheduled(this.calls.queue(calls, nowMs));
  }

  /** Takes what a room tells of; while the user does not want to be disturbed, notifications are held back. */
  notify(
    channelId: string,
    notices: readonly UserNotice[],
    reading: ReadStateNotice | undefined,
    threads: readonly ThreadReadStateNotice[],
  ): void {
    const nowMs = Date.now();
    failpoint("hub:before-notify");
    this.commit(() => {
      const hold = this.status.holdsBack;
      for (const { own, kind, gone, ...notice } of notices) {
        if (own && this.own.take(channelId, notice.channelSeq, own, nowMs) && own.type !== "channelCreate")
          this.memberships.set(channelId, own.type === "memberJoin");
        if (kind) this.notifications.take(channelId, { kind, ...notice }, { hold, nowMs });
        if (gone && notice.messageId) this.notifications.remove(channelId, notice.messageId, gone, nowMs);
      }
      this.notifications.trim();
      for (const { rootId, lastReadSeq } of threads)
        this.notifications.readThread(channelId, rootId, lastReadSeq, nowMs);
      if (!reading) return;
      this.own.takeReading(channelId, reading, nowMs);
      this.notifications.readChannel(channelId, this.own.lastReadIn(channelId), nowMs);
    });
    failpoint("hub:after-notify");
  }

  /** Marks as read up to the event `seq`, or all. Refuses `validation_failed` for a `seq` that is not there yet. */
  readNotifications(seq: number | undefined, nowMs: number): NotificationReadPosition {
    if (seq !== undefined && seq > this.own.head)
      reject("validation_failed", "Some fields are not as they should be", {
        issues: [{ path: "seq", message: "Lies past your newest event" }],
      });
    return this.commit(() => {
      this.notifications.markRead(seq ?? this.own.head, nowMs);
      return this.notifications.place();
    });
  }

  /** Marks each of these as read; what is none of the user's changes nothing. */
  readEachNotification(seqs: readonly number[], nowMs: number): NotificationReadPosition {
    return this.commit(() => {
      this.notifications.markEach(seqs, nowMs);
      return this.notifications.place();
    });
  }

  /** Changes what is given; when `dnd` ends, what it held back is notified of. Gives what is now chosen, and what others see. */
  changeStatus(change: StatusUpdate, nowMs: number): { status: Status; shown: StatusChange } {
    failpoint("hub:before-status");
    this.presence.update(nowMs, () => {
      this.quotas.spend("status", nowMs);
      // Before, as who hides is last seen now, and after, as who comes back is.
      this.presence.noteActive(nowMs);
      this.status.change(change, nowMs);
      this.presence.noteActive(nowMs);
      if (!this.status.holdsBack) this.notifications.release(nowMs);
      this.scheduleStatus(nowMs);
      this.due.clear("idle");
    });
    const { userId, presence, custom } = this.shown.current;
    return { status: this.status.at(nowMs), shown: { userId, presence, custom } };
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

  scheduleFiles(): void {
    const next = this.files.nextAt();
    if (next === undefined) this.due.clear("files");
    else this.due.set("files", next);
  }

  scheduleExpiry(): void {
    const next = this.sessions.nextExpiry();
    if (Number.isFinite(next)) this.due.set("expiry", next);
    else this.due.clear("expiry");
  }
}
