import type { Config } from "../config.ts";
import { FrameRateLimit, type FrameRateLimits } from "../sockets/frame-rate-limit.ts";
import { closeSocket } from "../sockets/close-socket.ts";
import { SendWindow } from "../sockets/send-window.ts";
import { closeCodes, type CloseReason } from "../protocol/index.ts";
import { type Frame, packFrames } from "./pack-frames.ts";

/** Who is at the other end; kept with the socket while the object hibernates. */
export interface SocketOwner {
  userId: string;
  sessionId: string;
}

/** An open socket, and what this life of the object knows of it. */
export interface Connection<A extends SocketOwner> {
  readonly ws: WebSocket;
  owner: A;
  /** Forgotten by hibernation, which only an idle object does; what the socket may send likewise. */
  readonly sendWindow: SendWindow;
  readonly rateLimit: FrameRateLimit;
  /** Commands of this socket that wait for something outside; the next one waits for them, to stay in order. */
  pendingPreparation: Promise<void> | undefined;
  /** How many those are. */
  pendingCount: number;
  /** How many of its frames are still to be answered, and who waits until none is. */
  repliesPending: number;
  onAllReplied: (() => void) | undefined;
}

export interface SocketRegistryOptions {
  allowance: FrameRateLimits;
  /** What slow readers may have unread together; past it the slowest are closed. */
  slowBytes: number;
}

export const socketRegistryOptions = (config: Config): SocketRegistryOptions => ({
  allowance: {
    perSecond: config.SOCKET_COMMANDS_PER_SECOND,
    burst: config.SOCKET_COMMANDS_BURST,
    rejectionsPerMinute: config.SOCKET_REFUSALS_PER_MINUTE,
    invalidFramesPerMinute: config.SOCKET_FAULTS_PER_MINUTE,
  },
  slowBytes: config.ROOM_SLOW_BYTES,
});

/** Hears of each socket that is no more, whoever ended it. */
export type OnDisconnect<A extends SocketOwner> = (connection: Connection<A>) => void;

/** An object's sockets, which outlive its memory: the platform keeps them, and who holds them, through hibernation. */
export class SocketRegistry<A extends SocketOwner> {
  readonly #ctx: DurableObjectState;
  readonly #options: SocketRegistryOptions;
  readonly #gone: OnDisconnect<A>;
  readonly #open = new Map<WebSocket, Connection<A>>();
  /** Those that are slow, and what they have unread together. */
  readonly #slow = new Set<Connection<A>>();
  #slowBytes = 0;

  /** In the object's constructor. */
  constructor(ctx: DurableObjectState, options: SocketRegistryOptions, gone: OnDisconnect<A>) {
    this.#ctx = ctx;
    this.#options = options;
    this.#gone = gone;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const ws of ctx.getWebSockets()) {
      const holder = ws.deserializeAttachment() as A | null;
      if (holder && ws.readyState === WebSocket.OPEN) this.#add(ws, holder);
    }
  }

  get size(): number {
    return this.#open.size;
  }

  get all(): IterableIterator<Connection<A>> {
    return this.#open.values();
  }

  has(wanted: (holder: A) => boolean): boolean {
    for (const { owner } of this.#open.values()) if (wanted(owner)) return true;
    return false;
  }

  find(ws: WebSocket): Connection<A> | undefined {
    return this.#open.get(ws);
  }

  /** Accepts a new socket, which hibernates, and returns both ends: the client's goes into the 101. */
  accept(owner: A, tags: string[] = []): { client: WebSocket; connection: Connection<A> } {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, tags);
    server.serializeAttachment(owner);
    return { client, connection: this.#add(server, owner) };
  }

  updateOwner(connection: Connection<A>, holder: A): void {
    connection.owner = holder;
    connection.ws.serializeAttachment(holder);
  }

  send(connection: Connection<A>, envelopes: readonly string[]): void {
    if (!this.#open.has(connection.ws)) return;
    for (const frame of packFrames(envelopes)) this.#send(connection, frame);
  }

  /** One frame a socket, the same bytes to each. */
  broadcast(envelopes: readonly string[]): void {
    const frames = packFrames(envelopes);
    for (const connection of this.#open.values()) for (const frame of frames) this.#send(connection, frame);
  }

  /** As `broadcast`, what may be left out: to those whom `to` names, but to none who is slow. */
  broadcastDroppable(
    envelopes: readonly string[],
    to: (connection: Connection<A>) => boolean = () => true,
  ): void {
    const frames = packFrames(envelopes);
    for (const connection of this.#open.values())
      if (!connection.sendWindow.isSlow && to(connection))
        for (const frame of frames) this.#send(connection, frame);
  }

  /** As `send`, what may be left out. */
  sendDroppable(connection: Connection<A>, envelopes: readonly string[]): void {
    if (!connection.sendWindow.isSlow) this.send(connection, envelopes);
  }

  confirm(connection: Connection<A>, bytes: number): void {
    const { sendWindow } = connection;
    const before = sendWindow.unconfirmedBytes;
    sendWindow.confirm(bytes);
    if (!this.#slow.has(connection)) return;
    this.#slowBytes -= before - sendWindow.unconfirmedBytes;
    if (!sendWindow.isBehind) this.#noLongerSlow(connection);
  }

  /** When a `ping` was last answered without waking the object, ms since 1970; 0 where none was. */
  pingedAt({ ws }: Connection<A>): number {
    return this.#ctx.getWebSocketAutoResponseTimestamp(ws)?.getTime() ?? 0;
  }

  close(connection: Connection<A>, reason: CloseReason): void {
    this.#forget(connection);
    const { code, meaning } = closeCodes[reason];
    closeSocket(connection.ws, code, meaning);
  }

  /** Forgets a socket whose other end closed it, and answers the close frame: without an answer the client hangs in CLOSING. */
  closed(ws: WebSocket, code?: number): void {
    const connection = this.#open.get(ws) ?? this.#lost(ws);
    if (connection) this.#forget(connection);
    closeSocket(ws, code ?? closeCodes.done.code);
  }

  #add(ws: WebSocket, owner: A): Connection<A> {
    const connection: Connection<A> = {
      ws,
      owner,
      sendWindow: new SendWindow(),
      rateLimit: new FrameRateLimit(this.#options.allowance),
      pendingPreparation: undefined,
      pendingCount: 0,
      repliesPending: 0,
      onAllReplied: undefined,
    };
    this.#open.set(ws, connection);
    return connection;
  }

  /** One that ended while the object had no memory. What was forgotten once has no holder any more. */
  #lost(ws: WebSocket): Connection<A> | undefined {
    const holder = ws.deserializeAttachment() as A | null;
    return holder ? this.#add(ws, holder) : undefined;
  }

  #forget(connection: Connection<A>): void {
    if (!this.#open.delete(connection.ws)) return;
    this.#noLongerSlow(connection);
    connection.ws.serializeAttachment(null);
    this.#gone(connection);
  }

  #noLongerSlow(connection: Connection<A>): void {
    if (this.#slow.delete(connection)) this.#slowBytes -= connection.sendWindow.unconfirmedBytes;
  }

  #send(connection: Connection<A>, frame: Frame): void {
    const { sendWindow } = connection;
    sendWindow.sent(frame.bytes);
    if (this.#slow.has(connection)) this.#slowBytes += frame.bytes;
    if (sendWindow.isTooSlow) return this.close(connection, "slow");
    try {
      connection.ws.send(frame.text);
    } catch {
      return this.#forget(connection);
    }
    if (sendWindow.isBehind && this.#open.has(connection.ws)) this.#noteSlow(connection);
  }

  /** Together they may hold only so much of the object's memory: the slowest of them go. */
  #noteSlow(connection: Connection<A>): void {
    if (!this.#slow.has(connection)) {
      this.#slow.add(connection);
      this.#slowBytes += connection.sendWindow.unconfirmedBytes;
    }
    if (this.#slowBytes <= this.#options.slowBytes) return;
    let slowest = connection;
    for (const slow of this.#slow)
      if (slow.sendWindow.unconfirmedBytes > slowest.sendWindow.unconfirmedBytes) slowest = slow;
    this.close(slowest, "slow");
  }
}
