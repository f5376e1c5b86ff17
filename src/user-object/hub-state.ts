import type { Config } from "../config.ts";
import type { AccountFacts, Actor } from "../domain/actor.ts";
import { invalidField } from "../errors/app-error.ts";
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
  readonly alarms: AlarmScheduler;
  readonly account: Account;
  readonly sessions: Sessions;
  readonly tickets: Tickets;
  readonly attachments: RoomAttachments;
  readonly roomSockets: RoomSockets;
  readonly roomOutbox: RoomOutbox;
  readonly chosenStatus: ChosenStatus;
  readonly publicStatus: PublicStatus;
  readonly events: UserEventLog;
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
    this.alarms = new AlarmScheduler(storage);
    this.account = new Account(sql, userId);
    this.sessions = new Sessions(sql, limits);
    this.tickets = new Tickets(sql, { userId, key });
    this.attachments = new RoomAttachments(sql);
    this.roomSockets = new RoomSockets(sql);
    this.roomOutbox = new RoomOutbox(sql, callRooms);
    this.chosenStatus = new ChosenStatus(sql);
    this.publicStatus = new PublicStatus(sql, userId);
    this.events = new UserEventLog(sql, { userId, log });
    this.notifications = new Notifications(sql, { log, own: this.events });
    this.files = new UserFiles(sql);
    this.quotas = new UserQuotas(sql, config);
    this.memberships = new Memberships(sql);
    this.presence = new HubPresence({
      devices,
      alarms: this.alarms,
      roomOutbox: this.roomOutbox,
      chosenStatus: this.chosenStatus,
      publicStatus: this.publicStatus,
      scheduleRoomCalls: () => this.scheduleRoomCalls(),
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
  authenticate(sessionId: string, generation?: number): Actor | undefined {
    const session = this.liveSession(sessionId);
    const known = session && this.account.current;
    if (!known) return undefined;
    const nowMs = Date.now();
    if (this.sessions.recordUse(session, nowMs)) this.presence.recordActivity(nowMs);
    if (generation !== undefined) this.sessions.recordReceipt(session, generation, nowMs);
    return { userId: this.userId, sessionId, role: known.role };
  }

  /** Who asked for this ticket, if their session is live; it is good for nothing from now on. */
  redeemTicket(ticket: string): Actor | undefined {
    if (!this.#exists) return undefined;
    const sessionId = this.commit(() => this.tickets.redeem(ticket, Date.now()));
    return sessionId === undefined ? undefined : this.authenticate(sessionId);
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
      this.alarms.invalidate();
      this.account.invalidate();
      this.sessions.invalidate();
      this.roomSockets.invalidate();
      this.events.invalidate();
      this.#ended.clear();
      throw error;
    }
    this.devices.broadcast(this.events.takeUnsent());
    this.devices.closeSessions(this.#ended);
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
    await this.deliverToRooms(calls);
  }

  async deliverToRooms(calls: RoomCall[]): Promise<void> {
    if (calls.length === 0) return;
    await settledWithin(
      this.roomOutbox.deliver(calls).then(() => this.scheduleRoomCalls()),
      waitForRoomsMs,
    );
  }

  /**
   * Within a commit. Takes the account as it is now: ends the sessions that it no longer bears, and tells rooms of the rest,
   * and the user's devices of `self`, the account as its owner sees it.
   */
  applyAccount(account: AccountFacts, nowMs: number, self?: Self): RoomCall[] {
    const { known, changed } = this.account.update(account);
    if (self && this.account.markSentToDevices(account.rev)) this.events.append("userUpdate", { user: self }, nowMs);
    if (self) settleAvatars(this, account.rev, self.avatarFileId, nowMs);
    const ended = known.active ? this.sessions.withCredentialsBefore(known.credentialVersion) : this.sessions.ids();
    const closing = this.endSessions(ended, nowMs);
    return [...closing, ...(changed ? this.#scheduled(this.roomOutbox.queueAll("facts", known.rev, nowMs)) : [])];
  }

  /** Within a commit. Deletes the sessions and queues a call to every room that may have sockets of them. */
  endSessions(ids: string[], nowMs: number): RoomCall[] {
    const calls = ids.flatMap((sessionId) => {
      this.sessions.remove(sessionId);
      this.#ended.add(sessionId);
      return this.attachments
        .detachSession(sessionId)
        .map((channelId) => ({ kind: "close" as const, channelId, sessionId, rev: 0 }));
    });
    return this.#scheduled(this.roomOutbox.queue(calls, nowMs));
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
      const hold = this.chosenStatus.defersNotifications;
      for (const { own, kind, gone, ...notice } of notices) {
        if (own && this.events.appendOnce(channelId, notice.channelSeq, own, nowMs) && own.type !== "channelCreate")
          this.memberships.set(channelId, own.type === "memberJoin");
        if (kind) this.notifications.addOnce(channelId, { kind, ...notice }, { hold, nowMs });
        if (gone && notice.messageId) this.notifications.remove(channelId, notice.messageId, gone, nowMs);
      }
      this.notifications.trim();
      for (const { rootId, lastReadSeq } of threads)
        this.notifications.markThreadRead(channelId, rootId, lastReadSeq, nowMs);
      if (!reading) return;
      this.events.applyReadState(channelId, reading, nowMs);
      this.notifications.markChannelRead(channelId, this.events.lastReadSeq(channelId), nowMs);
    });
    failpoint("hub:after-notify");
  }

  /** Marks as read up to the event `seq`, or all. Refuses `validation_failed` for a `seq` that is not there yet. */
  readNotifications(seq: number | undefined, nowMs: number): NotificationReadPosition {
    if (seq !== undefined && seq > this.events.head) throw invalidField("seq", "Lies past your newest event");
    return this.commit(() => {
      this.notifications.markReadUpTo(seq ?? this.events.head, nowMs);
      return this.notifications.readPosition();
    });
  }

  /** Marks each of these as read; what is none of the user's changes nothing. */
  readEachNotification(seqs: readonly number[], nowMs: number): NotificationReadPosition {
    return this.commit(() => {
      this.notifications.markReadEach(seqs, nowMs);
      return this.notifications.readPosition();
    });
  }

  /** Changes what is given; when `dnd` ends, what it held back is notified of. Gives what is now chosen, and what others see. */
  changeStatus(change: StatusUpdate, nowMs: number): { status: Status; shown: StatusChange } {
    failpoint("hub:before-status");
    this.presence.update(nowMs, () => {
      this.quotas.spend("status", nowMs);
      // Before, as who hides is last seen now, and after, as who comes back is.
      this.presence.recordActivity(nowMs);
      this.chosenStatus.change(change, nowMs);
      this.presence.recordActivity(nowMs);
      if (!this.chosenStatus.defersNotifications) this.notifications.releaseDeferred(nowMs);
      this.scheduleStatus(nowMs);
      this.alarms.clear("idle");
    });
    const { userId, presence, custom } = this.publicStatus.current;
    return { status: this.chosenStatus.at(nowMs), shown: { userId, presence, custom } };
  }

  #scheduled(queued: RoomCall[]): RoomCall[] {
    if (queued.length > 0) this.scheduleRoomCalls();
    return queued;
  }

  scheduleRoomCalls(): void {
    const next = this.roomOutbox.nextAt();
    if (next === undefined) this.alarms.clear("rooms");
    else this.alarms.set("rooms", next);
  }

  scheduleStatus(nowMs: number): void {
    const next = this.chosenStatus.expiresAt();
    if (Number.isFinite(next)) this.alarms.set("status", Math.min(next, nowMs + longestAlarmMs));
    else this.alarms.clear("status");
  }

  scheduleFiles(): void {
    const next = this.files.nextScheduledAt();
    if (next === undefined) this.alarms.clear("files");
    else this.alarms.set("files", next);
  }

  scheduleExpiry(): void {
    const next = this.sessions.nextExpiry();
    if (Number.isFinite(next)) this.alarms.set("expiry", next);
    else this.alarms.clear("expiry");
  }
}
