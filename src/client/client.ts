import type { z } from "zod";
import { login, logout, refreshToken, register } from "../protocol/auth.ts";
import type { Tokens } from "../protocol/auth.ts";
import type { Self } from "../protocol/users.ts";
import { createCall } from "./call.ts";
import type { Call } from "./call.ts";
import { openPlatformSocket } from "./open-socket.ts";
import type { OpenSocket } from "./open-socket.ts";
import { Room } from "./socket.ts";
import type { RoomContext, RoomOptions } from "./socket.ts";
import { TokenHolder } from "./tokens.ts";
import type { OnTokens } from "./tokens.ts";

export interface ClientOptions {
  /** Of the server, for example `https://chat.example.com`. */
  url: string;
  /** Of a session that was begun before. */
  tokens?: Tokens | null;
  /** Keeps the tokens for later; awaited before new ones are used. */
  onTokens?: OnTokens;
  /** How long one call may take; 30 s unless told. */
  timeoutMs?: number;
  /** Holds every answer against the contract and throws if it differs: for tests. */
  checkAnswers?: boolean;
  fetch?: typeof fetch;
  openSocket?: OpenSocket;
  /** What opens a socket besides `parley.v1`; unless told the `Authorization` header, which browsers cannot send. */
  authorizeSocket?: RoomContext["authorize"];
}

/** One account's view of a server: typed calls, rooms, and the tokens for both. */
export class ParleyClient {
  /** Calls any endpoint of the catalogue by its definition; see `Call`. */
  readonly call: Call;
  readonly #tokens: TokenHolder;
  readonly #roomContext: RoomContext;

  constructor(options: ClientOptions) {
    const { url, tokens = null, onTokens = () => {}, timeoutMs = 30_000, checkAnswers = false } = options;
    const renew = async (token: string) =>
      (await this.call(refreshToken, { body: { refreshToken: token } })).tokens;
    this.#tokens = new TokenHolder(tokens, onTokens, renew);
    // Wrapped, since browsers refuse a fetch that is called as a method of something else.
    const send: typeof fetch = options.fetch ?? ((...request) => fetch(...request));
    this.call = createCall({ url, tokens: this.#tokens, fetch: send, timeoutMs, checkAnswers });
    this.#roomContext = {
      url,
      call: this.call,
      open: options.openSocket ?? openPlatformSocket,
      authorize: options.authorizeSocket ?? (() => this.#authorize()),
    };
  }

  /** Null without a session. */
  get tokens(): Tokens | null {
    return this.#tokens.current;
  }

  /** Makes an account and holds its session. Throws `conflict` when the name or the address is taken. */
  async register(body: z.input<typeof register.body>): Promise<Self> {
    const { user, tokens } = await this.call(register, { body });
    await this.#tokens.set(tokens);
    return user;
  }

  /** Begins a session and holds it. Throws `unauthenticated` when name and password do not match. */
  async login(body: z.input<typeof login.body>): Promise<Self> {
    const { user, tokens } = await this.call(login, { body });
    await this.#tokens.set(tokens);
    return user;
  }

  /** Ends the session here and on the server. */
  async logout(): Promise<void> {
    await this.call(logout);
    await this.#tokens.set(null);
  }

  /** Connects to one channel and stays with it; see `Room`. */
  room(channelId: string, options?: RoomOptions): Room {
    return new Room(this.#roomContext, channelId, options);
  }

  async #authorize() {
    const accessToken = await this.#tokens.fresh();
    const headers: Record<string, string> =
      accessToken === null ? {} : { authorization: `Bearer ${accessToken}` };
    return { protocols: [], headers };
  }
}

/**
 * @example
 * const client = createClient({ url: "http://127.0.0.1:8787" });
 * await client.login({ login: "ann", password });
 * const room = client.room(channelId);
 * room.on("messageCreate", ({ data }) => console.log(data.message.content));
 * await room.send("messageCreate", { content: "hi" });
 */
export const createClient = (options: ClientOptions): ParleyClient => new ParleyClient(options);
