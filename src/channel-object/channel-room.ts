import { DurableObject } from "cloudflare:workers";
import { configOf } from "../config.ts";
import type { Actor, UserFacts, UserStatus } from "../domain/actor.ts";
import type { ChannelRead, ChannelReading, SessionClaims } from "../domain/channel-read.ts";
import type { AttachedFile } from "../domain/files.ts";
import { AppError, notFound, reject } from "../errors/app-error.ts";
import { type RpcResult, toRpcResult, unwrap } from "../rpc/rpc-result.ts";
import { requireScope } from "../domain/token-grant.ts";
import { isNamed } from "../domain/permissions.ts";
import type { RoomSubscriptionAnswer, RoomSubscriptionRequest } from "../domain/event-subscriptions.ts";
import { problemResponse } from "../errors/problem-response.ts";
import { authorize } from "../domain/room-state.ts";
import { parseRoomUpgrade } from "../sockets/upgrade.ts";
import { isAlreadyCreated, type NewChannel } from "../features/channels/index.ts";
import { authorizePost, type IntendedPost } from "../features/messages/index.ts";
import type { HeldEvent, RetentionSettings } from "../features/retention/index.ts";
import { AlarmScheduler, type AlarmTasks } from "../durable/alarm-scheduler.ts";
import { isBlank, migrate } from "../durable/migrations.ts";
import type { ChannelSnapshot, Command } from "../protocol/index.ts";
import { type RoomAlarmKey, roomAlarmTasks } from "./alarm-tasks.ts";
import { failpoint } from "../lib/failpoint.ts";
import { SocketAdmission } from "./sockets/socket-admission.ts";
import { Subscribers } from "./sockets/subscribers.ts";
import { createChannel } from "./create-channel.ts";
import type { CommandResult, ReadAccess } from "./rpc-types.ts";
import { CommandQueue } from "./commands/command-queue.ts";
import { NotificationOutbox } from "./notifications/notification-outbox.ts";
import { WakeOutbox } from "./event-subscriptions/wake-outbox.ts";
import { SubscriptionReads } from "./event-subscriptions/subscription-reads.ts";
import { FrameHandler } from "./sockets/frame-handler.ts";
import { ChannelPurge, type PurgePart, type PurgeResult } from "./erasure/channel-purge.ts";
import { type EraseMember, type ErasePosition, MemberErasure } from "./erasure/member-erasure.ts";
import { ChannelRetention, type EffectiveRetention, HoldRelease } from "./retention/channel-retention.ts";
import { SystemDeletions } from "./retention/system-deletions.ts";
import { actorOf } from "./sockets/subscriber.ts";
import { type Progress, ChannelProjections } from "./projections/channel-projections.ts";
import { ChannelReads } from "./reads/channel-reads.ts";
import { roomMigrations } from "./room-migrations.ts";
import { StoredRoomState } from "./stored-room-state.ts";
import { WriteQuota } from "./commands/write-quota.ts";

/**
 * A channel's only writer. The class maps RPC calls, socket events and the alarm to its parts; it decides nothing itself. The features
 * decide commands, `commands/` commits and acknowledges them, `sockets/` sends events to subscribers, `projections/` writes them to D1
 * and the search index, and `notifications/` to users' hubs.
 */
export class ChannelRoom extends DurableObject<Env> {
  readonly #storage: DurableObjectStorage;
  readonly #room: StoredRoomState;
  readonly #reads: ChannelReads;
  readonly #alarms: AlarmScheduler<RoomAlarmKey>;
  readonly #subscribers: Subscribers;
  readonly #commands: CommandQueue;
  readonly #projections: ChannelProjections;
  readonly #frames: FrameHandler;
  readonly #admission: SocketAdmission;
  readonly #alarmTasks: AlarmTasks<RoomAlarmKey>;
  readonly #purge: ChannelPurge;
  readonly #erasure: MemberErasure;
  readonly #retention: ChannelRetention;
  /** No channel was created here, or it was deleted for good. Calls that only read leave the object empty. */
  #isBlank: boolean;
  #hasContinued = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    const { sql } = storage;
    const config = configOf(env);
    this.#storage = storage;
    this.#isBlank = isBlank(sql);
    if (!this.#isBlank) migrate(storage, roomMigrations);
    const room = new StoredRoomState(sql, () => this.#subscribers.presence.connectedIds, config);
    const alarms = new AlarmScheduler<RoomAlarmKey>(storage);
    const subscribers = new Subscribers(ctx, { env, room, alarms, config });
    this.#room = room;
    this.#reads = new ChannelReads(room);
    this.#alarms = alarms;
    this.#subscribers = subscribers;
    const context = { env, room, storage, alarms };
    const notificationOutbox = new NotificationOutbox(context);
    const wakeOutbox = new WakeOutbox(context);
    const projections = new ChannelProjections(context, notificationOutbox, wakeOutbox);
    const deletions = new SystemDeletions({ storage, room, projections, alarms }, subscribers);
    this.#purge = new ChannelPurge({ storage, room, projections, subscribers });
    this.#erasure = new MemberErasure({ room, deletions, projections, subscribers });
    this.#retention = new ChannelRetention(context, deletions);
    this.#isBlank ||= this.#purge.isClosed;
    this.#projections = projections;
    this.#commands = new CommandQueue({
      env,
      storage,
      room,
      subscribers,
      projections,
      alarms,
      quota: new WriteQuota({ sql, log: room.log, env }),
      capacity: config.ROOM_QUEUE_MAX,
      isClosed: () => this.#isBlank,
    });
    this.#frames = new FrameHandler({ env, room, subscribers, commands: this.#commands });
    this.#admission = new SocketAdmission({ env, room, subscribers });
    this.#alarmTasks = roomAlarmTasks({
      projections,
      notificationOutbox,
      wakeOutbox,
      subscribers,
      retention: this.#retention,
      release: new HoldRelease(context),
    });
  }

  /**
   * Creates the channel of this room and waits for its projection. Creating it again with the same name claim, or the same people,
   * returns the existing channel.
   *
   * @returns `made`: whether this call created it
   * @throws `conflict` where another channel exists here
   */
  async create(input: NewChannel): Promise<RpcResult<{ channel: ChannelSnapshot; made: boolean }>> {
    return toRpcResult(async () => {
      if (this.#purge.isClosed) reject("conflict", "This channel was deleted for good");
      const made = this.#isBlank;
      if (made) {
        createChannel(input, {
          storage: this.#storage,
          room: this.#room,
          projections: this.#projections,
          alarms: this.#alarms,
        });
        this.#isBlank = false;
        this.#retention.schedule(Date.now());
      } else if (!isAlreadyCreated(this.#room, input)) reject("conflict", "This channel exists");
      const channel = this.#snapshot();
      this.#projections.startDraining();
      await this.#projections.database.waitFor(channel.seq, configOf(this.env).READ_YOUR_WRITES_MS);
      return { channel, made };
    });
  }

  /** Returns the channel's current state, which does not depend on D1. @throws `not_found` */
  async snapshot(actor: Actor): Promise<RpcResult<ChannelSnapshot>> {
    return toRpcResult(() => {
      this.#admit(actor);
      return this.#snapshot();
    });
  }

  /**
   * Executes a command of REST and waits for its projection, for at most `READ_YOUR_WRITES_MS`, so that the caller reads what it wrote.
   * A command with a nonce may be sent again after an error.
   */
  async execute(actor: Actor, command: Command): Promise<RpcResult<CommandResult>> {
    return toRpcResult(async () => {
      if (this.#isBlank) notFound("channel");
      requireScope(actor.grant, "write");
      const { result, repeated, seq, rev, isMemberStateOnly } = unwrap(
        await this.#commands.execute(actor, command),
      );
      const { READ_YOUR_WRITES_MS: waitMs } = configOf(this.env);
      await Promise.all([
        isMemberStateOnly || this.#projections.database.waitFor(seq, waitMs),
        rev === undefined || this.#projections.memberState.waitFor(rev, waitMs),
      ]);
      const { epoch } = this.#room.log;
      const isHeld = this.#subscribers.findBySession(actor) !== undefined;
      return { result, repeated, seq, epoch, isHeld };
    });
  }

  /**
   * Executes a command of REST as `execute` does, if the room holds an open socket of the session, which then needs no check by the
   * user's hub. Returns null, and executes nothing, if it holds none.
   */
  async executeIfHeld(session: SessionClaims, command: Command): Promise<RpcResult<CommandResult> | null> {
    const connection = this.#subscribers.findBySession(session);
    return connection ? this.execute(actorOf(connection), command) : null;
  }

  /**
   * Checks that a user may post here now, for messages that are posted later or not by a command. Returns the root of the thread, and whether the
   * user has posted a message with the nonce.
   *
   * @throws what `authorizePost` of `features/messages` throws
   */
  async authorizePost(
    actor: Actor,
    post: IntendedPost = {},
  ): Promise<RpcResult<{ threadId: string | null; isPosted?: true }>> {
    return toRpcResult(() => {
      if (this.#isBlank) return notFound("channel");
      const { threadId } = authorizePost(this.#room, actor, post);
      const isPosted = post.nonce !== undefined && this.#room.isNonceUsed(actor.userId, post.nonce);
      return { threadId, ...(isPosted && { isPosted }) };
    });
  }

  /**
   * Answers a read with the JSON of the response. The caller checks the session before it uses the answer, unless `isHeld` is true, and that
   * a guest of the workspace is a member.
   *
   * @param options `ifHeld`: answers only a session of which the room holds an open socket
   * @throws `not_found` where the user may not read; what `ChannelReads` throws
   */
  async read(
    session: SessionClaims,
    read: ChannelRead,
    { ifHeld = false }: { ifHeld?: boolean } = {},
  ): Promise<RpcResult<ChannelReading>> {
    const connection = this.#subscribers.findBySession(session);
    const isHeld = connection !== undefined;
    if (ifHeld && !isHeld) return { ok: true, value: { isHeld, json: null } };
    return toRpcResult(() => {
      const { role } = this.#admit(connection ? actorOf(connection) : { ...session, role: "member" });
      return { isHeld, isMember: role !== null, json: this.#reads.read(session.userId, read) };
    });
  }

  /** Returns the user's role and the head of the log. Called with every read from D1. @throws `not_found` where they may not read */
  async admit(actor: Actor): Promise<RpcResult<ReadAccess>> {
    return toRpcResult(() => this.#admit(actor));
  }

  /**
   * Waits until D1 has everything up to `seq`, for at most `READ_YOUR_WRITES_MS` and only while the projection is healthy.
   *
   * @param wasBehind D1 had less than an earlier call returned, so it was restored to an earlier state: the room reads its checkpoint
   * @returns whether D1 has everything up to `seq`
   */
  async waitForDatabase(seq: number, { wasBehind = false } = {}): Promise<boolean> {
    if (this.#isBlank) return false;
    if (wasBehind) this.#projections.database.resync(Date.now());
    return this.#projections.database.waitFor(seq, configOf(this.env).READ_YOUR_WRITES_MS);
  }

  /** Returns a page of the log as JSON text. For Workers of the previous release; `read` replaces it. */
  async events(actor: Actor, after: number, limit: number): Promise<RpcResult<string>> {
    return toRpcResult(() => {
      this.#admit(actor);
      return this.#reads.read(actor.userId, { kind: "events", after, limit });
    });
  }

  /** Checks that a user may read a file of a message here. @throws `not_found`, for any reason */
  async admitFile(actor: Actor, fileId: string): Promise<RpcResult<null>> {
    return toRpcResult(() => {
      this.#admit(actor);
      const [file] = this.#room.files.find([fileId]);
      if (!file || file.deleted) notFound("file");
      return null;
    });
  }

  /** Returns which of these files a message here carries or carried. For a hub that checks an unconfirmed claim. */
  async carriedFiles(fileIds: string[]): Promise<AttachedFile[]> {
    return this.#isBlank ? [] : this.#room.files.find(fileIds);
  }

  /** Returns whether a name claim in D1 is this channel's current one. For a request that finds an unconfirmed claim. */
  async holdsClaim(claim: string): Promise<{ exists: boolean; holds: boolean }> {
    return { exists: !this.#isBlank, holds: !this.#isBlank && this.#room.nameClaim === claim };
  }

  /** Ends the sockets of a session. The user's hub calls it until it succeeds; a second call does nothing more. */
  async closeSession(sessionId: string): Promise<void> {
    if (!this.#isBlank) this.#subscribers.endSession(sessionId, Date.now());
  }

  /** Applies account facts from the user's hub; older ones change nothing. Returns whether the hub must send the next ones too. */
  async setFacts(facts: UserFacts): Promise<boolean> {
    if (this.#isBlank) return false;
    const isMember = this.#room.members.updateFacts(facts);
    return this.#subscribers.setFacts(facts, Date.now()) || isMember;
  }

  /** Applies a status from the user's hub; an older one changes nothing. Returns whether the user is present. */
  async setStatus(status: UserStatus): Promise<boolean> {
    return !this.#isBlank && this.#subscribers.setStatus(status, Date.now());
  }

  /** Returns whether a user has a socket here or is in the grace period after a disconnect. */
  async hasSocket(userId: string): Promise<boolean> {
    return this.#subscribers.presence.has(userId);
  }

  /** Closes all sockets with 1012. Called by a local server before it stops. */
  async closeSockets(): Promise<void> {
    this.#subscribers.closeAll();
  }

  /** Returns the ids of a user's sockets here. @param counted the ids that the hub counts; it drops those that are missing in the answer */
  async socketIds(userId: string, counted: string[] = []): Promise<string[]> {
    return this.#isBlank ? [] : this.#admission.socketIds(userId, counted);
  }

  /**
   * Deletes the channel's rows in D1 and projects them again from the log, in the background. If the process dies after the deletion,
   * the projection finds an empty checkpoint and continues from there.
   *
   * @param direct whether the channel is a direct or group message
   * @throws `not_found` where there is no such channel, or `direct` is wrong
   */
  async reproject({ direct }: { direct: boolean }): Promise<RpcResult<null>> {
    return toRpcResult(async () => {
      if (!this.#exists(direct)) notFound("channel");
      await this.#projections.reproject();
      return null;
    });
  }

  /** As `reproject`, for the search index. Its current entries stay searchable until they are replaced. */
  async reindex({ direct }: { direct: boolean }): Promise<RpcResult<null>> {
    return toRpcResult(() => {
      if (!this.#exists(direct)) notFound("channel");
      this.#projections.reindex(Date.now());
      return null;
    });
  }

  /**
   * Returns how far D1 and the search index are, and makes a paused index continue. All numbers are 0 where there is no channel, or where
   * `direct` is given and wrong.
   */
  async progress({ direct }: { direct?: boolean } = {}): Promise<Progress> {
    return this.#exists(direct) ? this.#projections.progress() : { head: 0, recorded: 0, indexed: 0 };
  }

  /** Erases a user here, one bounded part a call. Returns where to continue; null when nothing is left. */
  async eraseMember(request: EraseMember, position: ErasePosition): Promise<RpcResult<ErasePosition | null>> {
    return toRpcResult(() => (this.#isBlank ? null : this.#erasure.erase(request, position)));
  }

  /** Checks that a user may delete the channel for good. @throws `not_found`; `forbidden` */
  async authorizePurge(actor: Actor): Promise<RpcResult<null>> {
    return toRpcResult(() => {
      if (this.#isBlank) notFound("channel");
      authorize(this.#room, actor, "purgeChannel");
      if (this.#retention.effective.legalHold) reject("conflict", "This channel is under a legal hold");
      return null;
    });
  }

  /** Returns the channel if a user may manage its webhooks. @throws `not_found`; `forbidden` */
  async authorizeWebhooks(actor: Actor): Promise<RpcResult<ChannelSnapshot>> {
    return toRpcResult(() => {
      if (this.#isBlank) notFound("channel");
      authorize(this.#room, actor, "manageWebhooks", {
        detail: "Only moderators of the channel manage its webhooks",
      });
      return this.#snapshot();
    });
  }

  /** Does a part of the channel's deletion for good, one bounded part a call. From the first call on, the channel does not exist for others. */
  async purge(part: PurgePart): Promise<PurgeResult> {
    this.#isBlank = true;
    return this.#purge.perform(part);
  }

  /** Returns the channel's retention, after the change if one is given; an absent field stays as it is. @throws `not_found` */
  async retention(change?: Partial<RetentionSettings>): Promise<RpcResult<EffectiveRetention>> {
    return toRpcResult(() => {
      if (this.#isBlank) notFound("channel");
      return change ? this.#retention.update(change) : this.#retention.read();
    });
  }

  /** Returns what a legal hold keeps, after the event `after`. @throws `not_found` */
  async heldEvents(after: number, limit: number): Promise<RpcResult<HeldEvent[]>> {
    return toRpcResult(() =>
      this.#isBlank ? notFound("channel") : this.#room.retention.heldEvents(after, limit),
    );
  }

  /** Answers the sender of a subscription: subscribes it, or reads the log as the subscription's owner. @throws `not_found` where they may not read */
  async subscription(request: RoomSubscriptionRequest): Promise<RpcResult<RoomSubscriptionAnswer>> {
    return toRpcResult(() =>
      this.#isBlank ? notFound("channel") : new SubscriptionReads(this.#room).perform(request),
    );
  }

  override async fetch(request: Request): Promise<Response> {
    const upgrade = parseRoomUpgrade(request);
    if ("supervises" in upgrade) return this.#subscribers.supervisors.connect(upgrade.supervises);
    const outcome = await toRpcResult(() => {
      if (this.#isBlank) notFound("channel");
      return this.#admission.connect(upgrade);
    });
    return outcome.ok ? outcome.value : problemResponse(new AppError(outcome.problem), upgrade.requestId);
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#subscribers.sockets.find(ws);
    if (connection) this.#frames.handleMessage(connection, message);
  }

  override webSocketClose(ws: WebSocket, code: number): void {
    this.#subscribers.handleClose(ws, code);
  }

  override webSocketError(ws: WebSocket): void {
    this.#subscribers.handleClose(ws);
  }

  override async alarm(): Promise<void> {
    if (this.#isBlank) return;
    failpoint("room:in-alarm");
    await this.#alarms.run(this.#alarmTasks);
  }

  /** @param direct whether it must be a direct or group message; undefined: either */
  #exists(direct: boolean | undefined): boolean {
    return !this.#isBlank && (direct === undefined || direct !== isNamed(this.#room.channel.type));
  }

  #snapshot(): ChannelSnapshot {
    const { head: seq, epoch } = this.#room.log;
    return { ...this.#room.channel, seq, epoch };
  }

  /** Continues projections that are behind, once after each start: the alarm may be lost, and reads do not wait for D1. */
  #continueProjections(): void {
    if (this.#hasContinued) return;
    this.#hasContinued = true;
    this.#projections.startDraining();
    this.#retention.schedule(Date.now());
  }

  #admit(actor: Actor): ReadAccess {
    if (this.#isBlank) notFound("channel");
    authorize(this.#room, actor, "readChannel");
    this.#continueProjections();
    const { head, epoch } = this.#room.log;
    return { role: this.#room.member(actor.userId)?.role ?? null, head, epoch };
  }
}
