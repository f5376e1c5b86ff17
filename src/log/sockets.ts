import { closeCodes, type CloseReason, limits } from "../protocol/index.ts";
import { type Frame, packFrames } from "./frames.ts";

/** Who is at the other end; kept with the socket while the object hibernates. */
export interface Holder {
  userId: string;
  sessionId: string;
}

/** An open socket, and what this life of the object knows of it. */
export interface Connection<A extends Holder> {
  readonly ws: WebSocket;
  holder: A;
  /** Bytes sent that the client has not confirmed. Forgotten by hibernation, which only an idle object does. */
  unconfirmedBytes: number;
  /** Commands of this socket that wait for something outside; the next one waits for them, to stay in order. */
  line: Promise<void> | undefined;
  /** How many those are. */
  inLine: number;
  /** When frames came that were none. */
  faults: number[];
}

const faultsAllowed = 20;
const faultWindowMs = 60_000;

/** An object's sockets, which outlive its memory: the platform keeps them, and who holds them, through hibernation. */
export class Sockets<A extends Holder> {
  readonly #ctx: DurableObjectState;
  readonly #open = new Map<WebSocket, Connection<A>>();

  /** In the object's constructor. */
  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    for (const ws of ctx.getWebSockets())
      if (ws.readyState === WebSocket.OPEN) this.#add(ws, ws.deserializeAttachment() as A);
  }

  get size(): number {
    return this.#open.size;
  }

  get all(): IterableIterator<Connection<A>> {
    return this.#open.values();
  }

  has(wanted: (holder: A) => boolean): boolean {
    for (const { holder } of this.#open.values()) if (wanted(holder)) return true;
    return false;
  }

  of(ws: WebSocket): Connection<A> | undefined {
    return this.#open.get(ws);
  }

  /** Takes a new socket, hibernatable, and returns both ends: the client's goes into the 101. */
  accept(holder: A): { client: WebSocket; connection: Connection<A> } {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server);
    server.serializeAttachment(holder);
    return { client, connection: this.#add(server, holder) };
  }

  rename(connection: Connection<A>, holder: A): void {
    connection.holder = holder;
    connection.ws.serializeAttachment(holder);
  }

  send(connection: Connection<A>, envelopes: readonly string[]): void {
    for (const frame of packFrames(envelopes)) this.#send(connection, frame);
  }

  /** One frame a socket, the same bytes to each. */
  broadcast(envelopes: readonly string[]): void {
    const frames = packFrames(envelopes);
    for (const connection of this.#open.values()) for (const frame of frames) this.#send(connection, frame);
  }

  confirm(connection: Connection<A>, bytes: number): void {
    connection.unconfirmedBytes = Math.max(0, connection.unconfirmedBytes - bytes);
  }

  /** Counts a frame that was none; a socket that goes on with them is closed. */
  fault(connection: Connection<A>, nowMs: number): void {
    connection.faults = [...connection.faults.filter((at) => at > nowMs - faultWindowMs), nowMs];
    if (connection.faults.length >= faultsAllowed) this.close(connection, "protocol");
  }

  close(connection: Connection<A>, reason: CloseReason): void {
    this.#open.delete(connection.ws);
    const { code, meaning } = closeCodes[reason];
    try {
      connection.ws.close(code, meaning);
    } catch {
      // It was closing already.
    }
  }

  /** The other end went: answers its close, or the client would hang in CLOSING. */
  closed(ws: WebSocket, code?: number): void {
    this.#open.delete(ws);
    try {
      // 1005 and 1006 say that there was no code, and may not be sent.
      ws.close(code === undefined || code === 1005 || code === 1006 ? 1000 : code);
    } catch {
      // Gone without a handshake, or a code that only one side may send.
    }
  }

  #add(ws: WebSocket, holder: A): Connection<A> {
    const connection: Connection<A> = {
      ws,
      holder,
      unconfirmedBytes: 0,
      line: undefined,
      inLine: 0,
      faults: [],
    };
    this.#open.set(ws, connection);
    return connection;
  }

  #send(connection: Connection<A>, frame: Frame): void {
    connection.unconfirmedBytes += frame.bytes;
    if (connection.unconfirmedBytes > limits.unconfirmedCloseBytes) return this.close(connection, "slow");
    try {
      connection.ws.send(frame.text);
    } catch {
      this.#open.delete(connection.ws);
    }
  }
}
