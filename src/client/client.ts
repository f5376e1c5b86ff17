import type { z } from "zod";
import { login, logout, refreshToken, register } from "../protocol/auth.ts";
import type { Tokens } from "../protocol/auth.ts";
import type { Self } from "../protocol/users.ts";
import { createCall } from "./call.ts";
import type { Call } from "./call.ts";
import { platformEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { openPlatformSocket } from "./open-socket.ts";
import type { OpenSocket } from "./open-socket.ts";
import { directLine } from "./direct-line.ts";
import type { DirectRoomOptions } from "./direct-line.ts";
import { Realtime } from "./realtime.ts";
import type { RealtimeOptions } from "./realtime.ts";
import { Room } from "./room.ts";
import { credentialsBy } from "./socket-context.ts";
import type { AuthorizeSocket, SocketContext } from "./socket-context.ts";
import { TokenHolder } from "./tokens.ts";
import type { OnTokens } from "./tokens.ts";

export interface ClientOptions {
  /** Of the server, for example `https://chat.example.com`. */
  url: string;
  /** Of a session that was begun before. */
  tokens?: Tokens | null;
  /** Keeps the tokens for later; awaited before new ones are used. */
  onTokens?: OnTokens;
  /** How long one call may take, of a download its beginning; 30 s unless told. Uploads take what they take. */
  timeoutMs?: number;
  /** Holds every answer against the contract and throws if it differs: for tests. */
  checkAnswers?: boolean;
  fetch?: typeof fetch;
  openSocket?: OpenSocket;
  /** How sockets show whose they are; unless told, as the platform can: by the `Authorization` header, in browsers by a ticket. */
  authorizeSocket?: AuthorizeSocket;
  /** Reports when the network returned or the process was resumed; browsers have one by themselves. */
  environment?: Environment;
}

/** One account's view of a server: typed calls, the one socket, and the tokens for both. */
export class ParleyClient {
  /** Calls any endpoint of the catalogue by its definition; see `Call`. */
  readonly call: Call;
  readonly #tokens: TokenHolder;
  readonly #sockets: SocketContext;

  constructor(options: ClientOptions) {
    const { url, tokens = null, onTokens = () => {}, timeoutMs = 30_000, checkAnswers = false } = options;
    const renew = async (token: string) =>
      (await this.call(refreshToken, { body: { refreshToken: token } })).tokens;
    this.#tokens = new TokenHolder(tokens, onTokens, renew);
    // Wrapped, since browsers refuse a fetch that is called as a method of something else.
    const send: typeof fetch = options.fetch ?? ((...request) => fetch(...request));
    this.call = createCall({ url, tokens: this.#tokens, fetch: send, timeoutMs, checkAnswers });
    this.#sockets = {
      url,
      call: this.call,
      open: options.openSocket ?? openPlatformSocket,
      credentials: credentialsBy(this.#tokens, this.call, options.authorizeSocket),
      environment: options.environment ?? platformEnvironment(),
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

  /** Opens the one socket, for all channels and the user's own events, and stays with it; see `Realtime`. */
  connect(options?: RealtimeOptions): Realtime {
    return new Realtime(this.#sockets, options);
  }

  /** Connects to one channel by a socket of its own: for a page that shows no other, and the fastest; see `Room`. */
  room(channelId: string, options: DirectRoomOptions = {}): Room {
    return new Room(channelId, this.call, options, directLine(this.#sockets, channelId, options));
  }
}

/**
 * @example
 * const client = createClient({ url: "http://127.0.0.1:8787" });
 * await client.login({ login: "ann", password });
 * const realtime = client.connect();
 * const room = realtime.subscribe(channelId);
 * room.on("messageCreate", ({ data }) => console.log(data.message.content));
 * await room.send("messageCreate", { content: "hi" });
 */
export const createClient = (options: ClientOptions): ParleyClient => new ParleyClient(options);
