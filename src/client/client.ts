import { login, logout, refreshToken, register } from "./contract/auth.ts";
import type { LoginBody, RegisterBody } from "./contract/auth.ts";
import type { MfaChallenge } from "./contract/login-result.ts";
import { readAll } from "./contract/reads.ts";
import { answerSecondFactor } from "./contract/second-factor.ts";
import type { AnswerSecondFactorBody } from "./contract/second-factor.ts";
import type { Tokens } from "./contract/session-tokens.ts";
import { getMe } from "./contract/users.ts";
import type { Self } from "./contract/users.ts";
import { respondToSlashCommand, runSlashCommand } from "./contract/command-runs.ts";
import type { CommandAnswer } from "./contract/command-runs.ts";
import { parseCommand } from "./slash-command.ts";
import { createCall } from "./call.ts";
import type { Call, CallArguments, CheckAnswer } from "./call.ts";
import { directTransport } from "./direct-transport.ts";
import type { DirectRoomOptions } from "./direct-transport.ts";
import { ParleyError } from "./error.ts";
import { platformEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { openPlatformSocket } from "./open-socket.ts";
import type { OpenSocket } from "./open-socket.ts";
import { list, pages } from "./pages.ts";
import type { ItemOf, ListEndpoint } from "./pages.ts";
import { Realtime } from "./realtime.ts";
import type { RealtimeOptions } from "./realtime.ts";
import type { AnyEndpoint } from "./request.ts";
import { Room } from "./room.ts";
import type { BrowserSession, OnTokens, OpenSession, SessionTokens } from "./session-tokens.ts";
import { credentialsFor } from "./socket-context.ts";
import type { AuthorizeSocket, SocketContext } from "./socket-context.ts";
import { fixedToken, memoryTokenStore } from "./token-store.ts";
import type { StoredTokens, TokenStore } from "./token-store.ts";
import { TokenHolder } from "./tokens.ts";
import type { Answer } from "./call.ts";

/** Options of `createClient`. */
export interface ClientOptions {
  /** Base URL of the server, for example `https://chat.example.com`. */
  url: string;
  /** Tokens of an earlier session, to resume it; not together with `tokenStore`. */
  tokens?: Tokens | null;
  /** A personal access token or a bot's token. It needs no login and is never renewed; not together with `tokens` or `tokenStore`. */
  token?: string;
  /** Stores the session's tokens: `browserTokenStore()`, or your own. In memory by default. */
  tokenStore?: TokenStore;
  /** Keeps the session in the browser instead of this client: `cookieSession()` of `parley/client/cookie-session`; not together with `tokens`, `token` or `tokenStore`. */
  session?: OpenSession;
  /** Called when this client changes the tokens, with null when the session has ended; awaited before new tokens are used. */
  onTokens?: OnTokens;
  /** Timeout of one attempt of a call, in milliseconds; 30,000 by default. Of a download it ends with the headers; uploads have none. */
  timeoutMs?: number;
  /** Checks each JSON response before it is returned; an error that it throws rejects the call. For tests of a server. */
  checkAnswer?: CheckAnswer;
  /** Replaces the platform's `fetch`. */
  fetch?: typeof fetch;
  /** Replaces the platform's WebSocket. */
  openSocket?: OpenSocket;
  /** How sockets authenticate: by default with the `Authorization` header; in browsers, which can't send it, with a ticket. */
  authorizeSocket?: AuthorizeSocket;
  /** Reports when the network may have returned or the process was resumed; built in for browsers. */
  environment?: Environment;
}

/** An answer to the challenge of a login: a code, or what `navigator.credentials.get` returned. */
export type SecondFactorAnswer = Omit<AnswerSecondFactorBody, "token">;

/** Options of `login`. */
export interface LoginOptions {
  /** Asks the user for the second factor. Called only if the account has one. */
  secondFactor?: (challenge: MfaChallenge) => SecondFactorAnswer | Promise<SecondFactorAnswer>;
}

/** A client of one account: typed calls, the realtime connection, and the tokens for both. */
export class ParleyClient {
  /** Calls any endpoint of the catalogue by its definition; see `Call`. */
  readonly call: Call;
  readonly #tokens: SessionTokens;
  readonly #browserSession: BrowserSession | undefined;
  readonly #sockets: SocketContext;

  constructor(options: ClientOptions) {
    const { url, token, onTokens, timeoutMs = 30_000, checkAnswer } = options;
    const environment = options.environment ?? platformEnvironment();
    const renew = async (used?: string) =>
      (await this.call(refreshToken, { body: used ? { refreshToken: used } : {}, retry: false })).tokens;
    // Wrapped, because browsers throw if `fetch` is called as a method of another object.
    const send: typeof fetch = options.fetch ?? ((...request) => fetch(...request));
    const browserSession = options.session?.({
      ...{ url, fetch: send, onTokens, environment },
      renew: () => renew(),
    });
    this.#browserSession = browserSession;
    const tokens = token === undefined ? (options.tokens ?? null) : fixedToken(token);
    this.#tokens =
      browserSession ??
      new TokenHolder(withHook(options.tokenStore ?? memoryTokenStore(tokens), onTokens), renew);
    const transport = browserSession?.fetch ?? send;
    this.call = createCall({ url, tokens: this.#tokens, fetch: transport, timeoutMs, checkAnswer });
    this.#sockets = {
      url,
      call: this.call,
      open: options.openSocket ?? openPlatformSocket,
      credentials: credentialsFor(this.#tokens, this.call, options.authorizeSocket),
      environment,
      onSessionEnd: browserSession?.onEnd,
    };
  }

  /** The tokens as last read from the store; null without a session. */
  get tokens(): StoredTokens | null {
    return this.#tokens.current;
  }

  /**
   * Creates an account and stores its session.
   *
   * @throws ParleyError `conflict` when the username or the e-mail address is taken; `forbidden` when the server does not permit the
   *   registration; `unauthenticated` with status 202 when the server sent a mail: log in once its link was opened.
   */
  async register(body: RegisterBody): Promise<Self> {
    const answer: { user: Self; tokens: Tokens } | undefined = await this.call(register, { body });
    if (!answer)
      throw new ParleyError({
        code: "unauthenticated",
        status: 202,
        detail: "The server sent a mail; log in once its link was opened",
      });
    return this.#begin(answer);
  }

  /**
   * Logs in and stores the session.
   *
   * @param options - `secondFactor`: answers the challenge of an account with a second factor
   * @throws ParleyError `unauthenticated` when name and password, or the answer, do not match; `second_factor_required` when the account
   *   has a second factor and there is no `secondFactor`.
   * @example await client.login({ login: "ann", password }, { secondFactor: async () => ({ method: "totp", code: await askForCode() }) });
   */
  async login(body: LoginBody, { secondFactor }: LoginOptions = {}): Promise<Self> {
    const result = await this.call(login, { body });
    if (!("mfa" in result)) return this.#begin(result);
    if (!secondFactor)
      throw new ParleyError({ code: "second_factor_required", detail: "The account has a second factor" });
    const answer = { ...(await secondFactor(result.mfa)), token: result.mfa.token };
    return this.#begin(await this.call(answerSecondFactor, { body: answer, retry: false }));
  }

  /** Stores the session of a login by another way, such as `loginWithPasskey` or `exchangeProviderCode`. */
  useSession({ tokens }: { tokens: Tokens }): Promise<void> {
    return this.#tokens.set(tokens);
  }

  /**
   * Continues the session of an earlier visit, from the cookies of `cookieSession` or from the token store. Sends one attempt of each request.
   *
   * @returns the user; null when there is no session
   * @throws ParleyError `unavailable` when the server cannot be reached: show what the page has stored, and call it again. Also the server's error
   *   for a session that exists but cannot be used.
   * @example const me = await client.resume();
   */
  async resume(): Promise<Self | null> {
    try {
      const accessToken = await (this.#browserSession?.restore() ?? this.#tokens.fresh());
      return accessToken === null ? null : await this.call(getMe, { retry: false });
    } catch (error) {
      if (error instanceof ParleyError && error.code === "unauthenticated") return null;
      throw error;
    }
  }

  /** Ends the session, on the server and in the token store. */
  async logout(): Promise<void> {
    await this.call(logout);
    await this.#tokens.set(null);
  }

  /**
   * Returns the items of a list, over all its pages, fetched as they are consumed. `getChannelMessages` returns the newest first, unless
   * `query.after` is given.
   *
   * @example for await (const member of client.list(getMembers, { params: { channelId } })) …
   */
  list<E extends ListEndpoint>(
    endpoint: E,
    ...args: CallArguments<E>
  ): AsyncGenerator<ItemOf<E>, void, undefined> {
    return list(this.call, endpoint, ...args);
  }

  /** Returns the pages of a list like `list`, but as whole responses, with their `seq` and `epoch` where they have one. */
  pages<E extends AnyEndpoint>(
    endpoint: E,
    ...args: CallArguments<E>
  ): AsyncGenerator<Answer<E>, void, undefined> {
    return pages(this.call, endpoint, ...args);
  }

  /** Marks all channels and followed threads as read, in as many requests as that takes. */
  async markAllRead(): Promise<void> {
    let cursor: string | null | undefined;
    do {
      const page: Answer<typeof readAll> = await this.call(readAll, { query: cursor ? { cursor } : {} });
      cursor = page.nextCursor;
    } while (cursor);
  }

  /** Opens the realtime connection, for all channels and the user's own events, and keeps it open; see `Realtime`. */
  connect(options?: RealtimeOptions): Realtime {
    return new Realtime(this.#sockets, options);
  }

  /**
   * Runs what a user typed as a slash command, such as `/deploy web 1.2`. The command is run once, whatever is lost on the way.
   *
   * @throws ParleyError `validation_failed` when the text is not a command; `not_found` when there is none of this name; `bot_unavailable` when
   *   its bot did not answer.
   * @example const { ephemeral } = await client.runCommand(channelId, "/remind me to stretch in 20 minutes");
   */
  runCommand(
    channelId: string,
    typed: string,
    { threadId }: { threadId?: string } = {},
  ): Promise<Answer<typeof runSlashCommand>> {
    const { command, text } = parseCommand(typed);
    return this.call(runSlashCommand, {
      params: { channelId },
      body: { command, text, ...(threadId !== undefined && { threadId }) },
    });
  }

  /**
   * Answers a command as its bot: once within 3 s, `{}` at least, and up to five times within 30 minutes. Needs no token.
   *
   * @example realtime.on("commandInvoke", ({ data }) => client.answerCommand(data, { content: `Deploying ${data.text}` }));
   */
  answerCommand(
    { responseUrl }: { responseUrl: string },
    answer: CommandAnswer,
  ): Promise<Answer<typeof respondToSlashCommand>> {
    const responseToken = responseUrl.slice(responseUrl.lastIndexOf("/") + 1);
    return this.call(respondToSlashCommand, { params: { responseToken }, body: answer });
  }

  async #begin({ user, tokens }: { user: Self; tokens: Tokens }): Promise<Self> {
    await this.#tokens.set(tokens);
    return user;
  }

  /** Connects to one channel by the room's own socket, for a page that shows a single channel. See `Room`. */
  room(channelId: string, options: DirectRoomOptions = {}): Room {
    return new Room(channelId, this.call, options, directTransport(this.#sockets, channelId, options));
  }
}

/** Wraps a store so that `set` also calls and awaits `onTokens`. */
function withHook(store: TokenStore, onTokens: OnTokens | undefined): TokenStore {
  if (!onTokens) return store;
  return {
    get: () => store.get(),
    subscribe: (listener) => store.subscribe(listener),
    async set(tokens) {
      await store.set(tokens);
      await onTokens(tokens);
    },
    ...(store.exclusive && { exclusive: store.exclusive.bind(store) }),
  };
}

/**
 * Creates a client of one account.
 *
 * @example
 * const client = createClient({ url: "http://127.0.0.1:8787" });
 * await client.login({ login: "ann", password });
 * const realtime = client.connect();
 * const room = realtime.subscribe(channelId);
 * room.on("messageCreate", ({ data }) => console.log(data.message.content));
 * await room.send("messageCreate", { content: "hi" });
 * @example const bot = createClient({ url, token: "bot_…" });
 */
export const createClient = (options: ClientOptions): ParleyClient => new ParleyClient(options);
