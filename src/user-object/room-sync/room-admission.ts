import type { Config } from "../../config.ts";
import type { UserFacts, UserStatus } from "../../domain/actor.ts";
import { readAccount } from "../../features/users/index.ts";
import { type RpcResult, toRpcResult, unwrap } from "../../rpc/rpc-result.ts";
import { userFacts } from "../account.ts";
import type { HubState } from "../hub-state.ts";
import { noDatabase, noSession, noSuch, suspended } from "../rpc-failures.ts";
import type { SocketQuota } from "../sockets/socket-quota.ts";
import { admitToChannel } from "./admit-to-channel.ts";

/** The path of a session to a room: `client` is the room's own socket, `gateway` the shared socket. */
export type SocketPath = "client" | "gateway";

/** What a room needs to accept a socket. */
export interface SocketAdmission {
  facts: UserFacts;
  status: UserStatus;
}

export interface RoomAdmissionOptions {
  env: Env;
  hub: HubState;
  /** For `USER_CHANNELS_MAX`. */
  config: Config;
  socketQuota: SocketQuota;
}

/** Admits the user to rooms, with a socket or as a member, and subscribes those rooms to the account and the status. */
export class RoomAdmission {
  readonly #options: RoomAdmissionOptions;

  constructor(options: RoomAdmissionOptions) {
    this.#options = options;
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
      if (!hub.liveSession(sessionId)) return unwrap(noSession());
      const kind = direct ? "connection" : "subscription";
      const isNew = socketId !== undefined && !hub.roomSockets.has(socketId);
      if (isNew) await socketQuota.refresh(kind);
      const nowMs = Date.now();
      // The session may have ended while rooms were asked.
      const actor = hub.authenticate(sessionId);
      const account = hub.storedAccount;
      if (!actor || !account) return unwrap(noSession());
      if (isNew) socketQuota.check(kind);
      hub.presence.update(nowMs);
      hub.commit(() => {
        hub.attachments.attach(sessionId, channelId, { direct, nowMs });
        hub.attachments.addFactsSubscriber(channelId, nowMs);
        if (socketId !== undefined) hub.roomSockets.add({ id: socketId, channelId, direct });
      });
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
}
