import type { Config } from "../config.ts";
import { FrameRateLimit, frameRateLimits, type FrameRateLimits } from "../sockets/frame-rate-limit.ts";
import { closeSocket } from "../sockets/close-socket.ts";
import { SendWindow } from "../sockets/send-window.ts";
import { closeCodes, type CloseReason } from "../protocol/index.ts";
import { type Frame, packFrames } from "./pack-frames.ts";

/** The user and session that a socket belongs to. The platform stores it with the socket while the object hibernates. */
export interface SocketOwner {
  userId: string;
  sessionId: string;
  /** Whether the client accepts events in the compact form. Absent: it does not. */
  compact?: boolean;
}

/** An open socket and its state in memory. */
export interface Connection<A extends SocketOwner> {
  readonly ws: WebSocket;
  owner: A;
  /** The send window and the rate limit are reset by hibernation, which happens only to an idle object. */
  readonly sendWindow: SendWindow;
  readonly rateLimit: FrameRateLimit;
  /** The last of this socket's commands in preparation; the next command waits for it, so that they stay in order. */
  pendingPreparation: Promise<void> | undefined;
  /** How many commands are in preparation or wait behind one that is. */
  pendingCount: number;
  /** How many frames have no reply yet. */
  repliesPending: number;
  /** Called when `repliesPending` reaches 0. */
  onAllReplied: (() => void) | undefined;
}

export interface SocketRegistryOptions {
  rateLimits: FrameRateLimits;
  /** How many unconfirmed bytes all slow sockets may have together; above it the slowest is closed. */
  slowBytes: number;
}

export const socketRegistryOptions = (config: Config): SocketRegistryOptions => ({
  rateLimits: frameRateLimits(config),
  slowBytes: config.ROOM_SLOW_BYTES,
});

export interface DisconnectHandler<A extends SocketOwner> {
  /** Called once per socket after it was removed, whichever end closed it. */
  handleDisconnect(connection: Connection<A>): void;
}

/** An object's open sockets. The platform keeps them and their owners through hibernation, so the registry is rebuilt from it. */
export class SocketRegistry<A extends SocketOwner> {
  readonly #ctx: DurableObjectState;
  readonly #options: SocketRegistryOptions;
  readonly #disconnectHandler: DisconnectHandler<A> | undefined;
  readonly #open = new Map<WebSocket, Connection<A>>();
  /** Sockets behind by half a send window or more, and their unconfirmed bytes together. */
  readonly #slow = new Set<Connection<A>>();
  #slowBytes = 0;

  /** Call in the object's constructor. `disconnectHandler` is not called before the constructor returns. */
  constructor(
    ctx: DurableObjectState,
    options: SocketRegistryOptions,
    disconnectHandler?: DisconnectHandler<A>,
  ) {
    this.#ctx = ctx;
    this.#options = options;
    this.#disconnectHandler = disconnectHandler;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const ws of ctx.getWebSockets()) {
      const owner = ws.deserializeAttachment() as A | null;
      if (owner && ws.readyState === WebSocket.OPEN) this.#add(ws, owner);
    }
  }

  get size(): number {
    return this.#open.size;
  }

  get all(): IterableIterator<Connection<A>> {
    return this.#open.values();
  }

  has(predicate: (owner: A) => boolean): boolean {
    for (const { owner } of this.#open.values()) if (predicate(owner)) return true;
    return false;
  }

  find(ws: WebSocket): Connection<A> | undefined {
    return this.#open.get(ws);
  }

  /** Accepts a new hibernatable socket. `client` is the end that the 101 response carries. */
  accept(owner: A, tags: string[] = []): { client: WebSocket; connection: Connection<A> } {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, tags);
    server.serializeAttachment(owner);
    return { client, connection: this.#add(server, owner) };
  }

  /** Replaces a socket's owner in memory and in what the platform stores. */
  updateOwner(connection: Connection<A>, owner: A): void {
    connection.owner = owner;
    connection.ws.serializeAttachment(owner);
  }

  /** Sends envelopes to one socket, packed into frames. Does nothing to a socket that has been closed. */
  send(connection: Connection<A>, envelopes: readonly string[]): void {
    if (!this.#open.has(connection.ws)) return;
    for (const frame of packFrames(envelopes)) this.#send(connection, frame);
  }

  /**
   * Sends the same envelopes to every socket.
   *
   * @param plain returns the envelopes; called once, if a socket needs them
   * @param compact as `plain`, for sockets that accept the compact form
   * @param isRecipient selects the sockets; by default all
   */
  broadcast(
    plain: () => readonly string[],
    compact: () => readonly string[] = plain,
    isRecipient?: (owner: A) => boolean,
  ): void {
    let plainFrames: Frame[] | undefined;
    let compactFrames: Frame[] | undefined;
    for (const connection of this.#open.values()) {
      if (isRecipient && !isRecipient(connection.owner)) continue;
      const frames =
        connection.owner.compact === true
          ? (compactFrames ??= packFrames(compact()))
          : (plainFrames ??= packFrames(plain()));
      for (const frame of frames) this.#send(connection, frame);
    }
  }

  /** Broadcasts envelopes that may be dropped: to the sockets that `isRecipient` selects, except slow ones. */
  broadcastDroppable(
    envelopes: readonly string[],
    isRecipient: (connection: Connection<A>) => boolean = () => true,
  ): void {
    const frames = packFrames(envelopes);
    for (const connection of this.#open.values())
      if (!connection.sendWindow.isSlow && isRecipient(connection))
        for (const frame of frames) this.#send(connection, frame);
  }

  /** Sends envelopes that may be dropped: nothing to a slow socket. */
  sendDroppable(connection: Connection<A>, envelopes: readonly string[]): void {
    if (!connection.sendWindow.isSlow) this.send(connection, envelopes);
  }

  /** Moves the send window after a client confirmed `bytes` by `seen`. */
  confirm(connection: Connection<A>, bytes: number): void {
    const { sendWindow } = connection;
    const before = sendWindow.unconfirmedBytes;
    sendWindow.confirm(bytes);
    if (!this.#slow.has(connection)) return;
    this.#slowBytes -= before - sendWindow.unconfirmedBytes;
    if (!sendWindow.isBehind) this.#removeSlow(connection);
  }

  /** Returns when the platform last answered a `ping` without waking the object, in ms since 1970; 0 if never. */
  pingedAt({ ws }: Connection<A>): number {
    return this.#ctx.getWebSocketAutoResponseTimestamp(ws)?.getTime() ?? 0;
  }

  /** Removes a socket and sends its close frame. */
  close(connection: Connection<A>, reason: CloseReason): void {
    this.#remove(connection);
    const { code, meaning } = closeCodes[reason];
    closeSocket(connection.ws, code, meaning);
  }

  /** Removes a socket that its other end closed, and echoes the close frame: without the echo the client hangs in CLOSING. */
  handleClose(ws: WebSocket, code?: number): void {
    const connection = this.#open.get(ws) ?? this.#restore(ws);
    if (connection) this.#remove(connection);
    closeSocket(ws, code ?? closeCodes.done.code);
  }

  #add(ws: WebSocket, owner: A): Connection<A> {
    const connection: Connection<A> = {
      ws,
      owner,
      sendWindow: new SendWindow(),
      rateLimit: new FrameRateLimit(this.#options.rateLimits),
      pendingPreparation: undefined,
      pendingCount: 0,
      repliesPending: 0,
      onAllReplied: undefined,
    };
    this.#open.set(ws, connection);
    return connection;
  }

  /** Restores a socket that closed while the object was evicted. A socket that was removed before has no attachment. */
  #restore(ws: WebSocket): Connection<A> | undefined {
    const owner = ws.deserializeAttachment() as A | null;
    return owner ? this.#add(ws, owner) : undefined;
  }

  #remove(connection: Connection<A>): void {
    if (!this.#open.delete(connection.ws)) return;
    this.#removeSlow(connection);
    connection.ws.serializeAttachment(null);
    this.#disconnectHandler?.handleDisconnect(connection);
  }

  #removeSlow(connection: Connection<A>): void {
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
      return this.#remove(connection);
    }
    if (sendWindow.isBehind && this.#open.has(connection.ws)) this.#addSlow(connection);
  }

  /** What slow sockets have unread is held in the object's memory, so that they share a limit: above it the slowest is closed. */
  #addSlow(connection: Connection<A>): void {
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
