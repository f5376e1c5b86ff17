import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * How a connection breaks. `reset`: both ends at once. `ghost`: the client's end is reset, while the server's
 * stays open for a time and receives what was in transit. `silence`: nothing passes in either direction, and
 * neither end is closed. `deaf`: the client receives nothing, but its bytes reach the server. `mute`: the
 * reverse.
 */
export type BreakKind = "reset" | "ghost" | "silence" | "deaf" | "mute";
/** The distribution of faults: silent ones are rare, because both sides need seconds to notice them. */
const breakDistribution: readonly BreakKind[] = [
  "reset",
  "reset",
  "reset",
  "ghost",
  "ghost",
  "ghost",
  "silence",
  "deaf",
  "mute",
];

const maxDelayMs = 40;
const maxGhostMs = 3_000;
/** A client must notice a silent connection within this time. */
const maxSilenceMs = 20_000;

/**
 * A TCP proxy on a loopback port that delays, splits or drops bytes between clients and the server; decisions are
 * drawn from `random`.
 */
export class UnreliableProxy {
  readonly cuts: Record<BreakKind, number> = { reset: 0, ghost: 0, silence: 0, deaf: 0, mute: 0 };
  /** Whether bytes are delayed and split. */
  isUnstable = true;
  readonly #random: () => number;
  readonly #connections = new Set<Connection>();
  readonly #server: Server;
  #isSilent = false;

  private constructor(port: () => number, random: () => number) {
    this.#random = random;
    const isRough = (): boolean => this.isUnstable;
    this.#server = createServer((client) => {
      const connection = new Connection(client, port(), { random, isUnstable: isRough });
      this.#connections.add(connection);
      if (this.#isSilent) connection.break("silence");
      connection.onClosed = () => this.#connections.delete(connection);
    });
  }

  /** @param port - the server's port, read for each connection */
  static async listen(port: () => number, random: () => number): Promise<UnreliableProxy> {
    const proxy = new UnreliableProxy(port, random);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  /** The URL for clients, instead of the server's. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get total(): number {
    return Object.values(this.cuts).reduce((sum, count) => sum + count, 0);
  }

  /** Breaks a random WebSocket in a random way; returns false if none is intact. */
  breakRandomSocket(): boolean {
    const whole = [...this.#connections].filter(({ isIntactSocket }) => isIntactSocket);
    const drawn = whole[Math.floor(this.#random() * whole.length)];
    const kind = breakDistribution[Math.floor(this.#random() * breakDistribution.length)] ?? "reset";
    if (!drawn) return false;
    drawn.break(kind);
    this.cuts[kind]++;
    return true;
  }

  /** Makes every WebSocket half-open, as a lost network does: nothing passes, and neither end is closed. */
  makeHalfOpen(): void {
    for (const connection of this.#connections) if (connection.isIntactSocket) connection.break("silence");
  }

  /** Passes nothing on any connection, present or future, until `stabilize`: neither end is closed for 20 s. */
  makeSilent(): void {
    this.#isSilent = true;
    for (const connection of this.#connections) if (connection.isIntact) connection.break("silence");
  }

  /** Ends all connections that are broken but not yet closed, and passes all others on without faults. */
  stabilize(): void {
    this.isUnstable = false;
    this.#isSilent = false;
    for (const connection of this.#connections) if (!connection.isIntact) connection.destroy();
  }

  close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

interface ProxySettings {
  random: () => number;
  isUnstable: () => boolean;
}

/** A client's connection and the proxy's connection to the server for it. */
class Connection {
  onClosed: () => void = () => {};
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #settings: ProxySettings;
  readonly #up: Pipe;
  readonly #down: Pipe;
  #isSocket = false;
  #broken: BreakKind | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Socket, port: number, weather: ProxySettings) {
    this.#client = client.setNoDelay();
    this.#server = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#settings = weather;
    this.#up = new Pipe(this.#server, weather);
    this.#down = new Pipe(this.#client, weather);
    client.on("data", (bytes) => {
      // Every chunk is checked, because clients upgrade connections that served requests before.
      this.#isSocket ||= /^upgrade: websocket/im.test(bytes.toString("latin1"));
      this.#up.push(bytes);
    });
    this.#server.on("data", (bytes) => this.#down.push(bytes));
    for (const socket of [client, this.#server]) socket.on("error", () => {});
    client.once("close", () => this.#onClientClosed());
    this.#server.once("close", () => this.#onServerClosed());
  }

  get isIntact(): boolean {
    return this.#broken === undefined;
  }

  /** Whether it is an intact WebSocket whose upgrade was answered. */
  get isIntactSocket(): boolean {
    return this.isIntact && this.#isSocket && this.#server.bytesRead > 0 && !this.#client.destroyed;
  }

  break(kind: BreakKind): void {
    this.#broken = kind;
    if (kind === "reset") return this.destroy();
    if (kind === "ghost") return void this.#client.resetAndDestroy();
    if (kind !== "deaf") this.#up.stop();
    if (kind !== "mute") this.#down.stop();
    this.#destroyAfter(maxSilenceMs);
  }

  destroy(): void {
    clearTimeout(this.#timer);
    for (const pipe of [this.#up, this.#down]) pipe.stop();
    for (const socket of [this.#client, this.#server]) socket.resetAndDestroy();
    this.onClosed();
  }

  /** Closes the server's side at once, unless the connection is broken: then it stays open for a time. */
  #onClientClosed(): void {
    if (this.isIntact) this.#up.end();
    else this.#destroyAfter(this.#settings.random() * maxGhostMs);
    this.#removeIfBothClosed();
  }

  /** Closes the client's side, unless that no longer receives anything. */
  #onServerClosed(): void {
    this.#down.end();
    this.#removeIfBothClosed();
  }

  #removeIfBothClosed(): void {
    if (this.#client.destroyed && this.#server.destroyed) this.destroy();
  }

  #destroyAfter(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.destroy(), delayMs);
  }
}

/** One direction: bytes leave in the order of their arrival, possibly later and in other chunks. */
class Pipe {
  readonly #to: Socket;
  readonly #settings: ProxySettings;
  readonly #queue: { dueMs: number; act: () => void }[] = [];
  #lastDueMs = 0;
  #stopped = false;

  constructor(to: Socket, weather: ProxySettings) {
    this.#to = to;
    this.#settings = weather;
  }

  push(bytes: Buffer): void {
    const { random } = this.#settings;
    const rough = this.#settings.isUnstable();
    if (!rough && this.#queue.length === 0) return this.#write(bytes);
    const at = rough && random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length;
    for (const piece of [bytes.subarray(0, at), bytes.subarray(at)])
      this.#enqueue(rough && random() < 0.3 ? random() * maxDelayMs : 0, () => this.#write(piece));
  }

  end(): void {
    this.#enqueue(0, () => !this.#stopped && this.#to.end());
  }

  stop(): void {
    this.#stopped = true;
  }

  #write(bytes: Buffer): void {
    if (!this.#stopped && this.#to.writable && bytes.length > 0) this.#to.write(bytes);
  }

  #enqueue(delayMs: number, act: () => void): void {
    this.#lastDueMs = Math.max(this.#lastDueMs, performance.now() + delayMs);
    if (this.#queue.push({ dueMs: this.#lastDueMs, act }) === 1) this.#schedule();
  }

  /** Uses one timer for the first item, because of two timers the later one may fire first. */
  #schedule(): void {
    const [first] = this.#queue;
    if (first) setTimeout(() => this.#release(), Math.max(0, first.dueMs - performance.now()));
  }

  #release(): void {
    const nowMs = performance.now();
    for (let [first] = this.#queue; first && first.dueMs <= nowMs; [first] = this.#queue) {
      first.act();
      this.#queue.shift();
    }
    this.#schedule();
  }
}
