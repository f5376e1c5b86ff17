import { DurableObject } from "cloudflare:workers";
import { configOf } from "../config.ts";
import type { Actor, UserFacts, UserStatus } from "../domain/actor.ts";
import type { AttachedFile } from "../domain/files.ts";
import { AppError, notFound, reject } from "../errors/app-error.ts";
import { drainState } from "../lib/drain-state.ts";
import { callObject, hubOf } from "../rpc/stubs.ts";
import { type RpcResult, toRpcResult, unwrap } from "../rpc/rpc-result.ts";
import { isNamed } from "../domain/permissions.ts";
import { problemResponse } from "../errors/problem-response.ts";
import { authorize } from "../domain/room-state.ts";
import { parseRoomUpgrade, type RoomUpgrade } from "../sockets/upgrade.ts";
import { channelDatabase, searchIndex } from "../db/index.ts";
import { isAlreadyCreated, type NewChannel } from "../features/channels/index.ts";
import { notifyDroppedFiles } from "../features/files/index.ts";
import { AlarmScheduler } from "../durable/alarm-scheduler.ts";
import { eventEnvelope } from "../durable/event-log.ts";
import { isBlank, migrate } from "../durable/migrations.ts";
import { type ChannelRole, type ChannelSnapshot, type Command, subprotocol } from "../protocol/index.ts";
import { runAlarm, type Work } from "./run-alarm.ts";
import { PendingSockets } from "./sockets/pending-sockets.ts";
import { Subscribers } from "./sockets/subscribers.ts";
import { createChannel } from "./create-channel.ts";
import { CommandQueue } from "./commands/command-queue.ts";
import { NotificationOutbox } from "./notifications/notification-outbox.ts";
import { DisconnectGrace } from "./presence/disconnect-grace.ts";
import { FrameHandler } from "./sockets/frame-handler.ts";
import { StaleIndexCleanup } from "./projections/stale-index-cleanup.ts";
import { clearDatabase } from "./projections/database-projection.ts";
import { type Progress, ChannelProjections } from "./projections/channel-projections.ts";
import { StoredRoomState, roomMigrations } from "./stored-room-state.ts";
import { IdleReaper } from "./sockets/idle-reaper.ts";
import { WriteQuota } from "./commands/write-quota.ts";

/** What a command came to, for a caller over RPC. */
export interface Answer {
  result: object;
  repeated: boolean;
  seq: number;
  epoch: string;
}

export interface Admission {
  /** Null: a reader of a public channel who is not in it. */
  role: ChannelRole | null;
  head: number;
  epoch: string;
}

/**
 * A channel's only writer. The class turns callbacks into calls: what is decided stands in the features, how it is
 * committed in `commit.ts`, who hears of it in `audience.ts`, how D1 gets it in `record.ts`.
 */
export class ChannelRoom extends DurableObject<Env> {
  readonly #storage: DurableObjectStorage;
  readonly #room: StoredRoomState;
  readonly #due: AlarmScheduler;
  readonly #audience: Subscribers;
  readonly #commands: CommandQueue;
  readonly #sinks: ChannelProjections;
  readonly #deliveries: NotificationOutbox;
  readonly #incoming: FrameHandler;
  readonly #arrivals = new PendingSockets();
  /** What the alarm does, by the keys under which it is due. */
  readonly #work: Work;
  /** Nothing was created here. What only reads leaves it so. */
  #blank: boolean;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    const { sql } = storage;
    this.#storage = storage;
    this.#blank = isBlank(sql);
    if (!this.#blank) migrate(storage, roomMigrations);
    this.#room = new StoredRoomState(sql, () => this.#audience.presence.connectedIds);
    this.#due = new AlarmScheduler(storage);
    this.#audience = new Subscribers(ctx, {
      room: this.#room,
      due: this.#due,
      config: configOf(env),
      reportUse: (userId, sessionId) => callObject(() => hubOf(env, userId).checkSession(sessionId)),
    });
    this.#deliveries = new NotificationOutbox({
      storage,
      due: this.#due,
      tell: (userId, notices, reading, threads) =>
        callObject(() => hubOf(env, userId).receiveNotices(this.#channelId, notices, reading, threads)),
    });
    this.#sinks = new ChannelProjections({
      sql,
      room: this.#room,
      due: this.#due,
      record: () => channelDatabase(env, this.#channelId),
      index: () => searchIndex(env),
      projection: { versionBytes: configOf(env).MESSAGE_VERSION_BYTES },
      life: () => this.#life,
      deliveries: this.#deliveries,
      dropFiles: (files) => notifyDroppedFiles(env, files),
    });
    this.#commands = new CommandQueue({
      env,
      quota: new WriteQuota({ sql, log: this.#room.log, env }),
      storage,
      room: this.#room,
      audience: this.#audience,
      sinks: this.#sinks,
      due: this.#due,
      capacity: configOf(env).ROOM_QUEUE_MAX,
    });
    this.#incoming = new FrameHandler({
      env,
      room: this.#room,
      audience: this.#audience,
      commands: this.#commands,
    });
    this.#work = new Map<string, (nowMs: number) => Promise<void> | void>([
      [DisconnectGrace.key, (nowMs) => this.#audience.expireDisconnected(nowMs)],
      [IdleReaper.key, (nowMs) => this.#audience.sweep.run(nowMs)],
      [NotificationOutbox.key, () => this.#deliveries.run()],
      [StaleIndexCleanup.key, (nowMs) => this.#sinks.staleIndexCleanup.run(nowMs)],
      ...this.#sinks.all.map((sink) => [sink.name, () => sink.onAlarm()] as const),
    ]);
  }

  get #channelId(): string {
    return this.ctx.id.name ?? reject("internal", "A room without a name");
  }

  get #life() {
    const { log } = this.#room;
    return {
      channelId: this.#channelId,
      epoch: log.epoch,
      // As it is when it is asked: D1 may take its time.
      get head() {
        return log.head;
      },
    };
  }

  /** Makes the channel of this room, and tells whether this call did: made again by the same claim, or of the same people, it is there. */
  async create(input: NewChannel): Promise<RpcResult<{ channel: ChannelSnapshot; made: boolean }>> {
    return toRpcResult(async () => {
      const made = this.#blank;
      if (made) {
        createChannel(input, {
          storage: this.#storage,
          room: this.#room,
          sinks: this.#sinks,
          due: this.#due,
        });
        this.#blank = false;
      } else if (!isAlreadyCreated(this.#room, input)) reject("conflict", "This channel exists");
      const channel = this.#snapshot();
      this.#sinks.startDraining();
      await this.#sinks.database.waitFor(channel.seq, configOf(this.env).READ_YOUR_WRITES_MS);
      return { channel, made };
    });
  }

  /** The channel as it is now, from the room itself: whatever becomes of D1. */
  async snapshot(actor: Actor): Promise<RpcResult<ChannelSnapshot>> {
    return toRpcResult(() => {
      this.#admit(actor);
      return this.#snapshot();
    });
  }

  /** The REST door: carries a command out, and waits for its projection so that the caller reads what it wrote. */
  async execute(actor: Actor, command: Command): Promise<RpcResult<Answer>> {
    return toRpcResult(async () => {
      if (this.#blank) notFound("channel");
      const { result, repeated, seq, rev, isMemberStateOnly } = unwrap(
        await this.#commands.submit(actor, command),
      );
      const { READ_YOUR_WRITES_MS: waitMs } = configOf(this.env);
      await Promise.all([
        isMemberStateOnly || this.#sinks.database.waitFor(seq, waitMs),
        rev === undefined || this.#sinks.memberState.waitFor(rev, waitMs),
      ]);
      const { epoch } = this.#room.log;
      return { result, repeated, seq, epoch };
    });
  }

  /** Whether this user may read now, and where the log stands. Asked beside every read of the record. */
  async admit(actor: Actor): Promise<RpcResult<Admission>> {
    return toRpcResult(() => this.#admit(actor));
  }

  /**
   * Waits until the record has everything up to `seq`, a moment at most and only while it keeps up; tells whether it has.
   * `wasBehind`: it was read after this said yes, and had less, so somebody set it back; the room asks it where it stands.
   */
  async caughtUp(seq: number, { wasBehind = false } = {}): Promise<boolean> {
    if (this.#blank) return false;
    if (wasBehind) this.#sinks.database.resync(Date.now());
    return this.#sinks.database.waitFor(seq, configOf(this.env).READ_YOUR_WRITES_MS);
  }

  /** A page of the log as JSON text, the envelopes as they were sent. */
  async events(actor: Actor, after: number, limit: number): Promise<RpcResult<string>> {
    return toRpcResult(() => {
      const { head, epoch } = this.#admit(actor);
      const rows = this.#room.log.read(after, limit);
      const events = rows.map((row) => eventEnvelope(row, this.#channelId)).join(",");
      const hasMore = (rows.at(-1)?.seq ?? head) < head;
      return `{"events":[${events}],"seq":${head},"epoch":${JSON.stringify(epoch)},"hasMore":${hasMore}}`;
    });
  }

  /** Whether this user may read the file now, as part of the message that carries it. `not_found`, whatever the reason is. */
  async admitFile(actor: Actor, fileId: string): Promise<RpcResult<null>> {
    return toRpcResult(() => {
      this.#admit(actor);
      const [file] = this.#room.files.find([fileId]);
      if (!file || file.deleted) notFound("file");
      return null;
    });
  }

  /** Which of these files a message here carries, or carried; for the hub that finds a claim in doubt. */
  async carriedFiles(fileIds: string[]): Promise<AttachedFile[]> {
    return this.#blank ? [] : this.#room.files.find(fileIds);
  }

  /** Whether this use of a name is the channel's own; for whoever finds a claim in doubt. */
  async holdsClaim(claim: string): Promise<{ exists: boolean; holds: boolean }> {
    return { exists: !this.#blank, holds: !this.#blank && this.#room.nameClaim === claim };
  }

  /** By a user's hub, again and again until it returns: the session is over. */
  async closeSession(sessionId: string): Promise<void> {
    this.#audience.endSession(sessionId, Date.now());
  }

  /** By a user's hub: newer facts of the account. Returns whether the room needs to hear of the next ones. */
  async setFacts(facts: UserFacts): Promise<boolean> {
    if (this.#blank) return false;
    const isMember = this.#room.members.updateFacts(facts);
    return this.#audience.setFacts(facts, Date.now()) || isMember;
  }

  /** By a user's hub: how they show themselves now. Returns whether they are here; older ones that come late change nothing. */
  async setStatus(status: UserStatus): Promise<boolean> {
    return !this.#blank && this.#audience.setStatus(status, Date.now());
  }

  /** Whether this user has a socket here, or had one a moment ago. */
  async hasSocket(userId: string): Promise<boolean> {
    return this.#audience.presence.has(userId);
  }

  /** By a local server that is about to stop. */
  async closeSockets(): Promise<void> {
    this.#audience.closeAll();
  }

  /** The ids of this user's sockets here, also of those that are on their way in; for their hub, which counts them. */
  async socketIds(userId: string): Promise<string[]> {
    return this.#arrivals.socketIds(userId, this.#audience.presence.connectionsOf(userId));
  }

  /**
   * Throws away what the record has of this channel and writes it anew from the log, in the background. `not_found` for a
   * direct or group message unless `direct`, and then for any other.
   */
  async reproject({ direct }: { direct: boolean }): Promise<RpcResult<null>> {
    return toRpcResult(async () => {
      if (!this.#isThere(direct)) notFound("channel");
      try {
        await clearDatabase(channelDatabase(this.env, this.#channelId), this.#life);
      } finally {
        // Without an answer it may be cleared all the same, now or later.
        this.#sinks.database.resync(Date.now());
      }
      return null;
    });
  }

  /** As `reproject`, for what the search index has. All of it goes on being found meanwhile. */
  async reindex({ direct }: { direct: boolean }): Promise<RpcResult<null>> {
    return toRpcResult(() => {
      if (!this.#isThere(direct)) notFound("channel");
      this.#sinks.reindex(Date.now());
      return null;
    });
  }

  /** Up to where the record and the index have the log, and has them go on; 0 of 0 where there is none, or not one that is `direct`, or not, as asked. */
  async progress({ direct }: { direct?: boolean } = {}): Promise<Progress> {
    return this.#isThere(direct) ? this.#sinks.progress() : { head: 0, recorded: 0, indexed: 0 };
  }

  override async fetch(request: Request): Promise<Response> {
    const upgrade = parseRoomUpgrade(request);
    if ("supervises" in upgrade) return this.#audience.supervisors.connect(upgrade.supervises);
    const outcome = await toRpcResult(() =>
      this.#arrivals.admit(upgrade.actor.userId, (socketId) => this.#connect(upgrade, socketId)),
    );
    return outcome.ok ? outcome.value : problemResponse(new AppError(outcome.problem), upgrade.requestId);
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#audience.sockets.find(ws);
    if (connection) this.#incoming.receive(connection, message);
  }

  override webSocketClose(ws: WebSocket, code: number): void {
    this.#audience.onClosed(ws, code);
  }

  override webSocketError(ws: WebSocket): void {
    this.#audience.onClosed(ws);
  }

  override async alarm(): Promise<void> {
    if (!this.#blank) await runAlarm(this.#due, this.#work);
  }

  /** `direct`: as a direct or group message, or as a channel with a name; undefined: as either. */
  #isThere(direct: boolean | undefined): boolean {
    return !this.#blank && (direct === undefined || direct !== isNamed(this.#room.channel.type));
  }

  #snapshot(): ChannelSnapshot {
    const { head: seq, epoch } = this.#room.log;
    return { ...this.#room.channel, seq, epoch };
  }

  #admit(actor: Actor): Admission {
    if (this.#blank) notFound("channel");
    authorize(this.#room, actor, "readChannel");
    const { head, epoch } = this.#room.log;
    return { role: this.#room.member(actor.userId)?.role ?? null, head, epoch };
  }

  /** Takes a socket once the hub has noted it, so that the end of the session finds it here. */
  async #connect(
    { actor, requestId, since, epoch, via, supervisionId }: RoomUpgrade,
    socketId: string,
  ): Promise<Response> {
    this.#admit(actor);
    const told = unwrap(
      await callObject(() =>
        hubOf(this.env, actor.userId).attachSocket(actor.sessionId, this.#channelId, via, socketId),
      ),
    );
    const { facts, status } = this.#audience.newest(told);
    const { role, active, rev: factsRev } = facts;
    if (!active || this.#audience.hasEnded(actor.sessionId))
      reject("unauthenticated", "This session was ended");
    const reader = { ...actor, via, role, factsRev, status, socketId };
    this.#admit(reader);
    if (reader.via === "client") this.#audience.requireSocketSlot(reader.userId);
    if (configOf(this.env).DRAIN_TOKEN) drainState.rooms.add(this.#channelId);
    const webSocket = this.#audience.addSubscriber(reader, {
      since,
      epoch,
      supervisionId,
      nowMs: Date.now(),
    });
    return new Response(null, {
      status: 101,
      webSocket,
      headers: { "Sec-WebSocket-Protocol": subprotocol, "X-Request-Id": requestId },
    });
  }
}
