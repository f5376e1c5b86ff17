import type { Config } from "../../config.ts";
import type { Actor, CheckedActor } from "../../domain/actor.ts";
import { deriveRefreshToken, type PresentedToken } from "../../features/auth/index.ts";
import { isoTime } from "../../lib/time.ts";
import { limits, type Session } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import type { InvitedChannels } from "../room-sync/invited-channels.ts";
import type { HubState, SessionProof } from "../hub-state.ts";
import { noSession, noSuch, secondFactorRequired } from "../rpc-failures.ts";
import { beginSession, type NewSession } from "./begin-session.ts";
import { rotateToken } from "./rotate-refresh-token.ts";
import type { SessionRecord } from "./sessions.ts";

/** What a client receives when it logs in or refreshes its tokens. */
export interface Credentials {
  userId: string;
  sessionId: string;
  /** The generation of the refresh token; the access token that is issued with it carries the same number. */
  generation: number;
  refreshToken: string;
}

/** Sessions of the user: begin, authenticate, refresh, list and end them. */
export class SessionService {
  readonly #hub: HubState;
  readonly #refreshTokenKey: string;
  readonly #invitedChannels: InvitedChannels;

  constructor(
    hub: HubState,
    { REFRESH_TOKEN_KEY }: Pick<Config, "REFRESH_TOKEN_KEY">,
    invitedChannels: InvitedChannels,
  ) {
    this.#hub = hub;
    this.#invitedChannels = invitedChannels;
    this.#refreshTokenKey = REFRESH_TOKEN_KEY;
  }

  /**
   * Begins a session. Fails with `unauthenticated` when the credentials were changed or the account was suspended since the caller
   * verified them. The first session of an invited user waits for the channels of the invite, at most 2 s.
   *
   * @param consume as of `beginSession`
   */
  async create(begin: NewSession, consume?: () => boolean): Promise<RpcResult<Credentials>> {
    const { session, isInvited } = await beginSession(this.#hub, begin, consume);
    if (isInvited) await this.#invitedChannels.joinNow();
    return this.#credentials(session);
  }

  /**
   * Authenticates a session. Writes at most once a minute. Fails with `unauthenticated` when the session is not live, with
   * `second_factor_required` when the workspace requires a second factor that the session has not passed.
   *
   * @param channelId a channel about which to answer as well whether the user was admitted to it
   * @param proof what the request carried
   * @param options `restricted`: also accepts a session that has not passed the required second factor
   */
  check(
    sessionId: string,
    channelId?: string,
    proof: SessionProof = {},
    options: { restricted?: boolean } = {},
  ): RpcResult<CheckedActor> {
    const actor = this.#hub.authenticate(sessionId, proof, options);
    return actor ? this.#checked(actor, channelId) : this.failure(sessionId);
  }

  /** Returns why a session was not authenticated. */
  failure(sessionId: string): ReturnType<typeof noSession> {
    const session = this.#hub.liveSession(sessionId);
    return session && this.#hub.isRestricted(session) ? secondFactorRequired() : noSession();
  }

  /**
   * Issues a ticket for one socket of this session. Fails with `unauthenticated` when the session is not live.
   *
   * @returns the ticket and after how many seconds it expires
   */
  createTicket(sessionId: string): RpcResult<{ ticket: string; expiresIn: number }> {
    const hub = this.#hub;
    const session = hub.liveSession(sessionId);
    if (!session || hub.isRestricted(session)) return this.failure(sessionId);
    const holder = session.token ? "token" : "session";
    const ticket = hub.commit(() => hub.tickets.create(sessionId, Date.now(), holder));
    return { ok: true, value: { ticket, expiresIn: limits.ticketSeconds } };
  }

  /**
   * Uses up a ticket, and authenticates its session as `check` does. Fails with `unauthenticated` when the ticket was used before or is
   * expired, or when its session is not live.
   */
  redeemTicket(ticket: string, channelId?: string): RpcResult<CheckedActor> {
    const actor = this.#hub.redeemTicket(ticket);
    return actor ? this.#checked(actor, channelId) : noSession();
  }

  /** Exchanges a refresh token. Fails with `unauthenticated` when the token is not valid. */
  async rotate(token: PresentedToken): Promise<RpcResult<Credentials>> {
    return this.#credentials(await rotateToken(this.#hub, token, this.#refreshTokenKey));
  }

  /**
   * Lists the live sessions, newest first.
   *
   * @param currentId the session of the request, which the list marks
   */
  list(currentId: string): Session[] {
    if (!this.#hub.exists) return [];
    return this.#hub.sessions
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

  /**
   * Ends one session. Waits for rooms to close its sockets, but at most 1 s; the outbox calls those that did not confirm again.
   * Fails with `not_found` when the session is not live.
   */
  async end(sessionId: string): Promise<RpcResult<null>> {
    const session = this.#hub.liveSession(sessionId);
    if (!session || session.token) return noSuch("session");
    await this.#hub.commitAndCallRooms(() => this.#hub.endSessions([sessionId], Date.now()));
    return { ok: true, value: null };
  }

  /** Ends all sessions, or all but `except`, as `end` does. Tokens stay. */
  async endAll(except?: string): Promise<void> {
    const hub = this.#hub;
    if (!hub.exists) return;
    await hub.commitAndCallRooms(() =>
      hub.endSessions(
        hub.sessions.ids({ tokens: false }).filter((id) => id !== except),
        Date.now(),
      ),
    );
  }

  #checked(actor: Actor, channelId: string | undefined): RpcResult<CheckedActor> {
    if (channelId === undefined) return { ok: true, value: actor };
    const holds = this.#hub.attachments.factsSubscribers([channelId]).length > 0;
    return { ok: true, value: { ...actor, isAdmitted: holds } };
  }

  #credentials(session: SessionRecord | undefined): RpcResult<Credentials> {
    if (!session) return noSession();
    const claims = { userId: this.#hub.userId, sessionId: session.id, generation: session.generation };
    const refreshToken = deriveRefreshToken(this.#refreshTokenKey, claims, session.salt);
    return { ok: true, value: { ...claims, refreshToken } };
  }
}
