import type { Config } from "../../config.ts";
import type {
  AttachedSockets,
  CheckedActor,
  PlannedSockets,
  SocketAdmission,
  SocketPath,
  UserFacts,
} from "../../domain/actor.ts";
import { readAccount } from "../../features/users/index.ts";
import { isEarlierSocketId } from "../../domain/socket-id.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { TtlMap } from "../../lib/ttl-map.ts";
import { type RpcResult, toRpcResult, unwrap } from "../../rpc/rpc-result.ts";
import { userFacts } from "../account.ts";
import type { HubState } from "../hub-state.ts";
import { noDatabase, noSession, noSuch, secondFactorRequired, suspended } from "../rpc-failures.ts";
import type { SocketQuota } from "../sockets/socket-quota.ts";
import { admitToChannel } from "./admit-to-channel.ts";

export interface RoomAdmissionOptions {
  env: Env;
  hub: HubState;
  /** For `USER_CHANNELS_MAX`. */
  config: Config;
  socketQuota: SocketQuota;
}

/** How long a planned socket is expected to reach its room. */
const plannedMs = 60_000;

/** Admits the user to rooms, with a socket or as a member, and subscribes those rooms to the account and the status. */
export class RoomAdmission {
  readonly #options: RoomAdmissionOptions;
  /** The last planned socket of a session to a room, by `plannedKey`. */
  readonly #planned = new TtlMap<string>(plannedMs);

  constructor(options: RoomAdmissionOptions) {
    this.#options = options;
  }

  /**
   * Registers sockets that the Worker is about to open, as `attachSocket` does for a room, in the same step as the check of the session.
   * Skips channels to which the user was not admitted before, and sockets above the quota: for those the room calls `attachSocket`.
   *
   * @param checked the actor of a session that is live now
   */
  attachPlanned(checked: RpcResult<CheckedActor>, { via, sockets }: PlannedSockets): RpcResult<CheckedActor> {
    const { hub, socketQuota } = this.#options;
    const account = hub.storedAccount;
    if (!checked.ok || !account) return checked;
    const { sessionId } = checked.value;
    const direct = via === "client";
    const kind = direct ? "connection" : "subscription";
    const atMs = Date.now();
    hub.presence.update(atMs);
    const admittedChannelIds = this.admittedChannels(sockets.map(({ channelId }) => channelId));
    const admitted = new Set(admittedChannelIds);
    const socketIds: string[] = [];
    hub.commit(() => {
      for (const { socketId, channelId } of sockets) {
        if (!admitted.has(channelId)) continue;
        if (!hub.roomSockets.has(socketId) && socketQuota.isFull(kind)) break;
        this.#attach(sessionId, { id: socketId, channelId, direct }, atMs);
        this.#planned.set(plannedKey(sessionId, channelId), socketId, atMs);
        socketIds.push(socketId);
      }
    });
    failpoint("hub:after-attach");
    const attached: AttachedSockets = {
      facts: userFacts(account),
      status: hub.publicStatus.current,
      atMs,
      admittedChannelIds,
      socketIds,
    };
    return { ok: true, value: { ...checked.value, attached } };
  }

  /**
   * Registers a socket that a room is about to accept. From then on the hub calls the room when the session ends and when the status
   * changes. Fails with `unauthenticated` when the session is not live, with `rate_limited` when the user has too many sockets.
   *
   * @param socketId the room's id of the socket, under which the quota counts it; absent when a room of an earlier release calls
   */
  async attachSocket(
    sessionId: string,
    channelId: string,
    via: SocketPath,
    socketId?: string,
  ): Promise<RpcResult<SocketAdmission>> {
    const { hub, socketQuota } = this.#options;
    const direct = via === "client";
    return toRpcResult(async () => {
      const session = hub.liveSession(sessionId);
      if (!session) return unwrap(noSession());
      if (hub.isRestricted(session)) return unwrap(secondFactorRequired());
      const kind = direct ? "connection" : "subscription";
      const isNew = socketId !== undefined && !hub.roomSockets.has(socketId);
      if (isNew) await socketQuota.refresh(kind);
      const nowMs = Date.now();
      // The session may have ended while rooms were asked.
      const actor = hub.authenticate(sessionId);
      const account = hub.storedAccount;
      if (!actor || !account) return unwrap(noSession());
      if (isNew && isEarlierSocketId(socketId)) this.#forgetPlanned(sessionId, channelId);
      if (isNew) socketQuota.check(kind);
      hub.presence.update(nowMs);
      hub.commit(() => this.#attach(sessionId, { id: socketId, channelId, direct }, nowMs));
      return { facts: userFacts(account), status: hub.publicStatus.current };
    });
  }

  /**
   * Permits a room to make this user a member, and subscribes it to changes of the account. Fails with `not_found` when there is no such
   * user, with `conflict` when the user is suspended or in as many channels as allowed, with `rate_limited` when others added them to
   * too many channels within the hour, with `unavailable` when D1 does not answer.
   *
   * @param by who makes the user a member, themselves or another user; absent when a room only needs the facts of a member
   */
  async admitAsMember(channelId: string, by?: string): Promise<RpcResult<UserFacts>> {
    const { env, hub, config } = this.#options;
    if (hub.isErased) return noSuch("user");
    if (!hub.storedAccount) {
      const account = await readAccount(env, hub.userId).catch(() => "unavailable" as const);
      if (account === "unavailable") return noDatabase();
      if (!account) return noSuch("user");
      hub.create();
      hub.commit(() => hub.applyAccount(account, Date.now()));
    }
    const stored = hub.storedAccount;
    if (!stored) return noSuch("user");
    if (!stored.active) return suspended();
    return toRpcResult(() =>
      hub.commit(() => {
        if (by !== undefined) admitToChannel(hub, { channelId, by, maxChannels: config.USER_CHANNELS_MAX });
        hub.attachments.addFactsSubscriber(channelId, Date.now());
        return userFacts(stored);
      }),
    );
  }

  /** Returns those of the channels to which the user was admitted before, whose rooms therefore exist and may be called. */
  admittedChannels(channelIds: readonly string[]): string[] {
    const { hub } = this.#options;
    return hub.exists ? hub.attachments.factsSubscribers(channelIds) : [];
  }

  /** Call within a commit. */
  #attach(
    sessionId: string,
    { id, channelId, direct }: { id: string | undefined; channelId: string; direct: boolean },
    nowMs: number,
  ): void {
    const { attachments, roomSockets } = this.#options.hub;
    attachments.attach(sessionId, channelId, { direct, nowMs });
    attachments.addFactsSubscriber(channelId, nowMs);
    if (id !== undefined) roomSockets.add({ id, channelId, direct });
  }

  /**
   * Stops counting a planned socket when its room registers one of this session under another id: a room of an earlier release ignores
   * the planned id.
   */
  #forgetPlanned(sessionId: string, channelId: string): void {
    const { hub } = this.#options;
    const planned = this.#planned.get(plannedKey(sessionId, channelId));
    if (planned !== undefined) hub.commit(() => hub.roomSockets.remove([planned]));
  }
}

const plannedKey = (sessionId: string, channelId: string): string => `${sessionId} ${channelId}`;
