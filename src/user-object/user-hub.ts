import { configOf } from "../config.ts";
import type {
  AccountFacts,
  CheckedActor,
  PlannedSockets,
  SocketAdmission,
  SocketPath,
  UserFacts,
} from "../domain/actor.ts";
import type { ClaimedFiles, FileClaim, FileVisibility, Reservation, StoredPart } from "../domain/files.ts";
import type { GroupChange, ReadStateNotice, ThreadReadStateNotice, UserNotice } from "../domain/notice.ts";
import type { ChargeResult, CountedAction, Usage } from "../domain/usage-budget.ts";
import { AppError } from "../errors/app-error.ts";
import { problemResponse } from "../errors/problem-response.ts";
import type { PresentedToken } from "../features/auth/index.ts";
import type { TokenGrant } from "../domain/token-grant.ts";
import type {
  FileRef,
  Member,
  Self,
  Session,
  Status,
  StatusChange,
  Token,
  UserEventData,
  UserPresence,
} from "../protocol/index.ts";
import type { SessionCheckOptions, CheckedFileActor } from "../rpc/session-check.ts";
import { type RpcResult, toRpcResult } from "../rpc/rpc-result.ts";
import { parseHubUpgrade } from "../sockets/upgrade.ts";
import { CommandRunService } from "./commands/command-run-service.ts";
import { AccountSync } from "./account-sync.ts";
import { HubErasure } from "./erasure/hub-erasure.ts";
import type { OpenUpload } from "./files/file-rows.ts";
import { UserFileService } from "./files/user-file-service.ts";
import { HubState } from "./hub-state.ts";
import { NotificationService } from "./notifications/notification-service.ts";
import type { NotificationList, NotificationReadPosition } from "./notifications/notifications.ts";
import type { StatusUpdate } from "./presence/chosen-status.ts";
import { StatusService } from "./presence/status-service.ts";
import { PushHub } from "./push/push-hub.ts";
import { PushService } from "./push/push-service.ts";
import { QuotaService } from "./quota-service.ts";
import { InvitedChannels } from "./room-sync/invited-channels.ts";
import { RoomAdmission } from "./room-sync/room-admission.ts";
import { RoomClient } from "./room-sync/room-client.ts";
import { createPersonalParts, type PersonalParts } from "./personal/personal-hub.ts";
import { createSecondFactorParts, type SecondFactorParts } from "./second-factor/second-factor-hub.ts";
import { type HubAlarmKey, hubAlarmTasks } from "./alarm-tasks.ts";
import type { NewSession } from "./sessions/begin-session.ts";
import { type Credentials, SessionService } from "./sessions/session-service.ts";
import { type CreatedToken, type NewToken, TokenService } from "./sessions/token-service.ts";
import type { AlarmTasks } from "../durable/alarm-scheduler.ts";
import { DeviceSockets } from "./sockets/devices.ts";
import { DirectSockets } from "./sockets/direct-sockets.ts";
import { SocketQuota } from "./sockets/socket-quota.ts";
import { UserSockets } from "./sockets/user-sockets.ts";

/**
 * The Durable Object of one user, named by the user's id. It is the authority on the user's sessions, tickets, files, quotas,
 * notifications and status, and it keeps the log of the user's own events, which it broadcasts to their devices.
 *
 * This class lists what the Worker and the channel objects may call; each method delegates to the service that implements it.
 * Errors of the catalogue are returned as `RpcResult`, because RPC does not transport their code.
 *
 * Storage is created by the first call that proves the user exists (`createSession`, `admitAsMember`, `receiveNotices`,
 * `announceAccountChange`). For an id without storage, every other call answers as for a user without sessions and files, and writes
 * nothing.
 */
export class UserHub extends PushHub {
  protected override readonly secondFactorParts: SecondFactorParts;
  protected override readonly personalParts: PersonalParts;
  protected override readonly commandRuns: CommandRunService;
  protected override readonly push: PushService;
  readonly #state: HubState;
  readonly #sessions: SessionService;
  readonly #tokens: TokenService;
  readonly #account: AccountSync;
  readonly #rooms: RoomAdmission;
  readonly #quotas: QuotaService;
  readonly #notifications: NotificationService;
  readonly #status: StatusService;
  readonly #files: UserFileService;
  readonly #sockets: UserSockets;
  readonly #erasure: HubErasure;
  readonly #alarmTasks: AlarmTasks<HubAlarmKey>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const config = configOf(env);
    const userId = ctx.id.name ?? "";
    const rooms = new RoomClient(env, userId);
    const state = new HubState(ctx.storage, {
      userId,
      config,
      devices: new DeviceSockets(ctx, config),
      env,
    });
    const socketQuota = new SocketQuota({ hub: state, config, rooms });
    this.#state = state;
    const invitedChannels = new InvitedChannels(env, state);
    this.#sessions = new SessionService(state, config, invitedChannels);
    this.#tokens = new TokenService(state, config);
    this.#account = new AccountSync(state);
    this.#rooms = new RoomAdmission({ env, hub: state, config, socketQuota });
    this.#quotas = new QuotaService(state);
    this.#notifications = new NotificationService(state);
    this.#status = new StatusService(env, state, new DirectSockets(state, rooms));
    this.#files = new UserFileService(env, state, config);
    this.#erasure = new HubErasure({ hub: state, storage: ctx.storage, files: this.#files });
    this.secondFactorParts = createSecondFactorParts(ctx.storage.sql, {
      env,
      config,
      hub: state,
      sessions: this.#sessions,
    });
    this.personalParts = createPersonalParts(env, state, ctx.storage.sql);
    this.commandRuns = new CommandRunService(state);
    this.push = new PushService(state);
    this.#alarmTasks = hubAlarmTasks(env, state, {
      fileMaintenance: this.#files.maintenance,
      policySweep: this.secondFactorParts.sweep,
      scheduledMessages: this.personalParts.scheduledOutbox,
      reminders: this.personalParts.reminders,
      invitedChannels,
      commandRuns: this.commandRuns,
    });
    this.#sockets = new UserSockets({ hub: state, config, quota: socketQuota, status: this.#status });
  }

  // Sessions, refresh tokens and tickets

  /** Begins a session after the caller verified the account's password. */
  async createSession(begin: NewSession): Promise<RpcResult<Credentials>> {
    return this.#sessions.create(begin);
  }

  /** Authenticates a request or a socket by its session; on the hot path of every request. Follows the options if it is live. */
  async checkSession(
    sessionId: string,
    channelId?: string,
    generation?: number,
    { sockets, file, tokenHash, restricted = false }: SessionCheckOptions = {},
  ): Promise<RpcResult<CheckedFileActor>> {
    const session = this.#sessions.check(sessionId, channelId, { generation, tokenHash }, { restricted });
    const checked = this.#attachPlanned(session, sockets);
    if (!checked.ok || !file) return checked;
    return { ok: true, value: { ...checked.value, file: await this.#files.perform(file) } };
  }

  /** Issues a ticket that opens one socket as this session. */
  async createTicket(sessionId: string): Promise<RpcResult<{ ticket: string; expiresIn: number }>> {
    return this.#sessions.createTicket(sessionId);
  }

  /** Uses up a ticket and authenticates the session that it was issued to. Registers the planned sockets with it. */
  async redeemTicket(
    ticket: string,
    channelId?: string,
    planned?: PlannedSockets,
  ): Promise<RpcResult<CheckedActor>> {
    return this.#attachPlanned(this.#sessions.redeemTicket(ticket, channelId), planned);
  }

  /** Exchanges a refresh token for its successor; a token that was already exchanged ends its session. */
  async rotateRefreshToken(token: PresentedToken): Promise<RpcResult<Credentials>> {
    return this.#sessions.rotate(token);
  }

  /** Lists the live sessions, newest first. */
  async listSessions(currentId: string): Promise<Session[]> {
    return this.#sessions.list(currentId);
  }

  /** Ends one session and closes its sockets. */
  async endSession(sessionId: string): Promise<RpcResult<null>> {
    return this.#sessions.end(sessionId);
  }

  /** Ends all sessions, or all but `except`. */
  async endSessions({ except }: { except?: string } = {}): Promise<void> {
    await this.#sessions.endAll(except);
  }

  // Tokens

  /** Creates a personal access token, or a token of a bot or of a server key. */
  async createToken(input: NewToken, account?: AccountFacts): Promise<RpcResult<CreatedToken>> {
    return this.#tokens.create(input, account);
  }

  /** Lists the tokens that the user or an admin has created, newest first. */
  async listTokens(): Promise<Token[]> {
    return this.#tokens.list();
  }

  /** Ends a token and closes its sockets. */
  async revokeToken(tokenId: string): Promise<RpcResult<null>> {
    return this.#tokens.revoke(tokenId);
  }

  /** Returns the session by which a server key acts for this user. */
  async sessionOfKey(
    keyId: string,
    grant: TokenGrant,
    account: AccountFacts,
  ): Promise<RpcResult<{ sessionId: string; expiresAt: number }>> {
    return this.#tokens.sessionOfKey(keyId, grant, account);
  }

  // The account, whose primary row is in D1

  /** Announces a write to the account's row in D1; `applyAccount` or an alarm applies its outcome here. */
  async announceAccountChange(): Promise<string> {
    return this.#account.announce();
  }

  /** Announces a write that sets the account's avatar. */
  async announceAvatarChange(fileId: string | null, before: string | null): Promise<RpcResult<string>> {
    return this.#files.announceAvatarChange(fileId, before);
  }

  /** Applies the account as D1 has it: ends sessions, and notifies rooms and devices. */
  async applyAccount(
    account: AccountFacts,
    options: { expectation?: string; keep?: string; self?: Self } = {},
  ): Promise<void> {
    await this.#account.apply(account, options);
  }

  // Erasure

  /** Deletes the files that no message carries, then everything else here, and leaves a tombstone. Returns whether it is done. */
  async erase(): Promise<RpcResult<{ isDone: boolean }>> {
    return toRpcResult(async () => ({ isDone: await this.#erasure.erase() }));
  }

  /** Removes what this hub knows of a channel that was deleted for good. `member`: the user as the room had them; null: no member. */
  async forgetChannel(channelId: string, member: Member | null): Promise<void> {
    this.#erasure.forgetChannel(channelId, member);
  }

  // Access to rooms

  /** Registers a socket of this session with a room, before the room accepts it. */
  async attachSocket(
    sessionId: string,
    channelId: string,
    via: SocketPath = "client",
    socketId?: string,
  ): Promise<RpcResult<SocketAdmission>> {
    return this.#rooms.attachSocket(sessionId, channelId, via, socketId);
  }

  /** Permits a room to make this user a member, and subscribes the room to changes of the account. */
  async admitAsMember(channelId: string, { by }: { by?: string } = {}): Promise<RpcResult<UserFacts>> {
    return this.#rooms.admitAsMember(channelId, by);
  }

  /** Returns those of the channels to which the user was admitted before. */
  async admittedChannels(channelIds: string[]): Promise<string[]> {
    return this.#rooms.admittedChannels(channelIds);
  }

  /** Appends a change of a user group to the user's own events. */
  async receiveGroupChange(change: GroupChange): Promise<void> {
    this.#notifications.receiveGroupChange(change);
  }

  // Quotas

  /** Charges what the user wrote in a room since the room's last report. */
  async chargeUsage(usage: Usage): Promise<ChargeResult> {
    return this.#quotas.charge(usage);
  }

  /** Spends one unit of an hourly quota. */
  async spendQuota(kind: CountedAction): Promise<RpcResult<null>> {
    return this.#quotas.spend(kind);
  }

  // Notifications and the user's own events

  /** Commits what a room reports about this user; may be repeated. */
  async receiveNotices(
    channelId: string,
    notices: UserNotice[],
    reading?: ReadStateNotice,
    threads: ThreadReadStateNotice[] = [],
  ): Promise<void> {
    this.#notifications.receive(channelId, notices, reading, threads);
  }

  /** Appends to the user's own events that a subscription of theirs was disabled. A repeated call appends it again. */
  async noticeDisabledSubscription(notice: UserEventData<"subscriptionDisable">): Promise<void> {
    this.#notifications.noticeDisabledSubscription(notice);
  }

  /** Lists notifications, newest first. */
  async listNotifications(limit: number, before?: number): Promise<RpcResult<NotificationList>> {
    return this.#notifications.list(limit, before);
  }

  /** Marks notifications as read: up to `seq`, those in `seqs`, or all. */
  async markNotificationsRead(seq?: number, seqs?: number[]): Promise<RpcResult<NotificationReadPosition>> {
    return this.#notifications.markRead(seq, seqs);
  }

  // Status and presence

  /** Returns the status that the user chose. */
  async getStatus(): Promise<RpcResult<Status>> {
    return this.#status.get();
  }

  /** Changes the status that the user chose. */
  async setStatus(change: StatusUpdate): Promise<RpcResult<{ status: Status; shown: StatusChange }>> {
    return this.#status.set(change);
  }

  /** Returns the presence that other users see. */
  async getPresence(): Promise<UserPresence | undefined> {
    return this.#status.presence();
  }

  // Files

  /** Reserves space for a file before its first byte is stored. */
  async reserveFile(reservation: Reservation): Promise<RpcResult<null>> {
    return this.#files.reserve(reservation);
  }

  /** Completes an upload whose bytes are in R2 and whose row is in D1. */
  async finishFile(file: FileRef): Promise<RpcResult<FileRef>> {
    return this.#files.finish(file);
  }

  /** Discards an upload, or a complete file whose upload failed for the client. */
  async abandonFile(fileId: string, options?: { isBlank?: boolean }): Promise<void> {
    await this.#files.abandon(fileId, options);
  }

  /** Returns an upload in parts with the parts received so far. */
  async openUpload(fileId: string): Promise<RpcResult<OpenUpload>> {
    return this.#files.openUpload(fileId);
  }

  /** Returns an upload in parts, provided that there is space for this part. */
  async openUploadWithSpace(fileId: string, part: number): Promise<RpcResult<OpenUpload>> {
    return this.#files.openUploadWithSpace(fileId, part);
  }

  /** Records that R2 stored a part, and charges it. */
  async recordPart(fileId: string, part: StoredPart): Promise<RpcResult<number>> {
    return this.#files.recordPart(fileId, part);
  }

  /** Claims files for a message that the user is about to send. */
  async claimFiles(claim: FileClaim, fileIds: string[]): Promise<RpcResult<ClaimedFiles>> {
    return this.#files.claim(claim, fileIds);
  }

  /** Releases the files of an attempt that committed no message. */
  async releaseClaim(key: string, fileIds: string[], untilMs: number): Promise<void> {
    this.#files.releaseClaim(key, fileIds, untilMs);
  }

  /** Returns who may read a file besides this user. */
  async fileVisibility(fileId: string): Promise<FileVisibility | undefined> {
    return this.#files.visibilityOf(fileId);
  }

  /** Deletes a file from R2, D1 and this hub. */
  async deleteFile(fileId: string): Promise<RpcResult<null>> {
    return this.#files.delete(fileId);
  }

  /** Deletes files whose messages were deleted; may be repeated. */
  async deleteCarriedFiles(fileIds: string[]): Promise<void> {
    this.#files.deleteCarried(fileIds);
  }

  // Sockets of the user's devices, through gateways, and the platform's events

  /** Closes all device sockets before a local server stops; gateways then close their clients' sockets. */
  async closeSockets(): Promise<void> {
    this.#state.devices.closeAll("restart");
  }

  /** Accepts a gateway's socket for the user's own events. Errors are returned as problem documents. */
  override async fetch(request: Request): Promise<Response> {
    const upgrade = parseHubUpgrade(request);
    const result = await toRpcResult(() => this.#sockets.connect(upgrade));
    return result.ok ? result.value : problemResponse(new AppError(result.problem), upgrade.requestId);
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
    if (!this.#state.exists) return;
    await this.#state.alarms.run(this.#alarmTasks);
  }

  #attachPlanned(
    checked: RpcResult<CheckedActor>,
    planned: PlannedSockets | undefined,
  ): RpcResult<CheckedActor> {
    return planned ? this.#rooms.attachPlanned(checked, planned) : checked;
  }
}
