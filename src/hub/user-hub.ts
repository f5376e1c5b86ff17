import { DurableObject } from "cloudflare:workers";
import { configOf } from "../config.ts";
import type { AccountFacts, Actor, UserFacts } from "../core/actor.ts";
import { AppError } from "../core/app-error.ts";
import type { Notice } from "../core/notice.ts";
import { failure, type Outcome, outcomeOf } from "../core/outcome.ts";
import { isoTime } from "../core/time.ts";
import { deriveRefreshToken, type PresentedToken } from "../features/auth/index.ts";
import { readAccount } from "../features/users/index.ts";
import type { Session, Status } from "../protocol/index.ts";
import { userFacts } from "./account.ts";
import { beginSession, type NewSession } from "./begin-session.ts";
import type { NotificationList, NotificationPlace } from "./notifications.ts";
import { rotateToken } from "./rotate-token.ts";
import { expectAccountChange, runDue } from "./run-due.ts";
import type { SessionRecord } from "./sessions.ts";
import { HubState } from "./state.ts";
import type { StatusChange } from "./status.ts";
import { tellRoom } from "./tell-room.ts";

/** What a client gets for a proof of who they are. */
export interface Credentials {
  userId: string;
  sessionId: string;
  refreshToken: string;
}

/**
 * One user's hub: the authority on their live sessions and refresh tokens, the source of what rooms know of them, and the
 * log of what they are notified of.
 * Only what its callers have proved creates anything: a made-up id leaves no trace.
 */
export class UserHub extends DurableObject<Env> {
  readonly #hub: HubState;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { SESSION_IDLE_MS: idleMs, SESSION_MAX_MS: maxMs } = configOf(env);
    this.#hub = new HubState(ctx.storage, {
      userId: ctx.id.name ?? "",
      limits: { idleMs, maxMs },
      tell: (call) => tellRoom(env, this.#hub, call),
    });
  }

  /** Begins a session for someone who proved to own the account. `unauthenticated`: that proof is out of date. */
  async createSession(begin: NewSession): Promise<Outcome<Credentials>> {
    return this.#credentials(await beginSession(this.#hub, begin));
  }

  /** Who asks, if the session is live. The hot path: it writes once a minute at most. */
  async check(sessionId: string): Promise<Outcome<Actor>> {
    const session = this.#hub.liveSession(sessionId);
    const { known } = this.#account;
    if (!session || !known) return noSession();
    this.#hub.sessions.touch(session, Date.now());
    return { ok: true, value: { userId: this.#hub.userId, sessionId, role: known.role } };
  }

  /** Trades a refresh token; one that was used before ends the session. */
  async rotate(token: PresentedToken): Promise<Outcome<Credentials>> {
    return this.#credentials(await rotateToken(this.#hub, token, configOf(this.env).REFRESH_TOKEN_KEY));
  }

  /** The live ones, newest first. `currentId` is the one that asks. */
  async sessions(currentId: string): Promise<Session[]> {
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

  /** Ends one session for good. Rooms have closed its sockets when this returns, or will. `not_found`: it is not live. */
  async endSession(sessionId: string): Promise<Outcome<null>> {
    if (!this.#hub.liveSession(sessionId))
      return failure(new AppError({ code: "not_found", detail: "No such session" }));
    await this.#hub.commitAndTell(() => this.#hub.endSessions([sessionId], Date.now()));
    return { ok: true, value: null };
  }

  /** Ends all sessions, as `endSession` does. */
  async endSessions({ except }: { except?: string } = {}): Promise<void> {
    if (!this.#hub.exists) return;
    await this.#hub.commitAndTell(() =>
      this.#hub.endSessions(
        this.#hub.sessions.ids().filter((id) => id !== except),
        Date.now(),
      ),
    );
  }

  /** A room asks before it accepts a socket of this session; from now on it hears when the session ends. */
  async attach(sessionId: string, channelId: string): Promise<Outcome<UserFacts>> {
    const hub = this.#hub;
    const session = hub.liveSession(sessionId);
    const { known } = this.#account;
    if (!session || !known) return noSession();
    hub.commit(() => {
      hub.attachments.attach(sessionId, channelId);
      hub.attachments.hold(channelId, Date.now());
      hub.sessions.touch(session, Date.now());
    });
    return { ok: true, value: userFacts(known) };
  }

  /** A room asks before this user becomes its member; from now on it hears of changes. `not_found`: no active user. */
  async factsFor(channelId: string): Promise<Outcome<UserFacts>> {
    const hub = this.#hub;
    if (!this.#account.known) {
      const account = await readAccount(this.env, hub.userId).catch(() => "unavailable" as const);
      if (account === "unavailable") return noDatabase();
      if (!account) return noUser();
      hub.create();
      hub.commit(() => hub.learn(account, Date.now()));
    }
    const { known } = hub.account;
    if (!known?.active) return noUser();
    hub.commit(() => hub.attachments.hold(channelId, Date.now()));
    return { ok: true, value: userFacts(known) };
  }

  /**
   * Announces that the account's row in D1 is about to change. Pass what this returns to `reconcile` afterwards; where that
   * never comes, an alarm reads the row, so that the change takes effect here whoever dies.
   */
  async expectChange(): Promise<string> {
    return expectAccountChange(this.#hub);
  }

  /**
   * Takes the account as D1 has it. Sessions from before a change of the credentials end, but for `keep`, which made it;
   * all end when the account is suspended. Rooms hear what concerns them. Older facts than those known change nothing.
   */
  async reconcile(
    account: AccountFacts,
    { expectation, keep }: { expectation?: string; keep?: string } = {},
  ): Promise<void> {
    const hub = this.#hub;
    if (!hub.exists) return;
    await hub.commitAndTell(() => {
      if (keep) hub.sessions.moveUp(keep, account.credentialVersion);
      if (expectation) hub.due.clear(expectation);
      return hub.learn(account, Date.now());
    });
  }

  /**
   * A room tells what its member is to be notified of, at least once and in any order; each event of a channel is taken once.
   * Committed when this resolves.
   */
  async notify(channelId: string, notices: Notice[]): Promise<void> {
    this.#hub.create();
    this.#hub.notify(channelId, notices, Date.now());
  }

  /** Up to `limit` notifications, newest first, those before the event `before` where it is given. */
  async notifications(limit: number, before?: number): Promise<Outcome<NotificationList>> {
    if (!this.#hub.exists) return noSession();
    return { ok: true, value: this.#hub.notifications.list(limit, before) };
  }

  /** Marks them as read up to the event `seq`, or all. `validation_failed`: there is no such event yet. */
  async readNotifications(seq?: number): Promise<Outcome<NotificationPlace>> {
    if (!this.#hub.exists) return noSession();
    return outcomeOf(() => this.#hub.readNotifications(seq, Date.now()));
  }

  async status(): Promise<Outcome<Status>> {
    if (!this.#hub.exists) return noSession();
    return { ok: true, value: this.#hub.status.at(Date.now()) };
  }

  /** Changes what is given of the status. `validation_failed`: an emoji that is none, or an end that is past. */
  async setStatus(change: StatusChange): Promise<Outcome<Status>> {
    if (!this.#hub.exists) return noSession();
    return outcomeOf(() => this.#hub.changeStatus(change, Date.now()));
  }

  override async alarm(): Promise<void> {
    if (this.#hub.exists) await runDue(this.#hub, () => readAccount(this.env, this.#hub.userId));
  }

  get #account(): { known?: AccountFacts | undefined } {
    return this.#hub.exists ? this.#hub.account : {};
  }

  #credentials(session: SessionRecord | undefined): Outcome<Credentials> {
    if (!session) return noSession();
    const claims = { userId: this.#hub.userId, sessionId: session.id, generation: session.generation };
    const refreshToken = deriveRefreshToken(configOf(this.env).REFRESH_TOKEN_KEY, claims, session.salt);
    return { ok: true, value: { userId: claims.userId, sessionId: session.id, refreshToken } };
  }
}

const noSession = () => failure(new AppError({ code: "unauthenticated", detail: "No live session" }));
const noUser = () => failure(new AppError({ code: "not_found", detail: "No such user" }));
const noDatabase = () =>
  failure(
    new AppError({
      code: "unavailable",
      detail: "The database does not answer; try again",
      retryAfterMs: 2_000,
    }),
  );
