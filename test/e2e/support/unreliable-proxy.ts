import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/**
 * How a connection breaks. `reset`: both ends at once. `ghost`: the client's end is reset, while the server's
 * stays open for a time and receives what was in transit. `silence`: nothing passes in either direction, and
 * neither end is closed. `deaf`: the client receives nothing, but its bytes reach the server. `mute`: the
 * reverse.
 */
export type Break = "reset" | "ghost" | "silence" | "deaf" | "mute";
/** The distribution of faults: silent ones are rare, because both sides need seconds to notice them. */
const breaks: readonly Break[] = [
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

const latestMs = 40;
const ghostsMs = 3_000;
/** A client must notice a silent connection within this time. */
const silentMs = 20_000;

/**
 * A TCP proxy on a loopback port that delays, splits or drops bytes between clients and the server; decisions are
 * drawn from `random`.
 */
export class RoughLine {
  readonly cuts: Record<Break, number> = { reset: 0, ghost: 0, silence: 0, deaf: 0, mute: 0 };
  /** Whether bytes are delayed and split. */
  rough = true;
  readonly #random: () => number;
  readonly #connections = new Set<Connection>();
  readonly #server: Server;

  private constructor(port: () => number, random: () => number) {
    this.#random = random;
    const isRough = (): boolean => this.rough;
    this.#server = createServer((near) => {
      const connection = new Connection(near, port(), { random, isRough });
      this.#connections.add(connection);
      connection.onGone = () => this.#connections.delete(connection);
    });
  }

  /** @param port - the server's port, read for each connection */
  static async lay(port: () => number, random: () => number): Promise<RoughLine> {
    const line = new RoughLine(port, random);
    await new Promise<void>((resolve) => line.#server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  /** The URL for clients, instead of the server's. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get total(): number {
    return Object.values(this.cuts).reduce((sum, count) => sum + count, 0);
  }

  /** Breaks a random WebSocket in a random way; returns false if none is intact. */
  cut(): boolean {
    const whole = [...this.#connections].filter(({ isWholeSocket }) => isWholeSocket);
    const drawn = whole[Math.floor(this.#random() * whole.length)];
    const kind = breaks[Math.floor(this.#random() * breaks.length)] ?? "reset";
    if (!drawn) return false;
    drawn.break(kind);
    this.cuts[kind]++;
    return true;
  }

  /** Makes every WebSocket half-open, as a lost network does: nothing passes, and neither end is closed. */
  silence(): void {
    for (const connection of this.#connections) if (connection.isWholeSocket) connection.break("silence");
  }

  /** Ends all connections that are broken but not yet closed, and passes all others on without faults. */
  calm(): void {
    this.rough = false;
    for (const connection of this.#connections) if (!connection.isWhole) connection.destroy();
  }

  remove(): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

interface Weather {
  random: () => number;
  isRough: () => boolean;
}

/** A client's connection and the proxy's connection to the server for it. */
class Connection {
  onGone: () => void = () => {};
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #weather: Weather;
  readonly #up: Pipe;
  readonly #down: Pipe;
  #isSocket = false;
  #broken: Break | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(near: Socket, port: number, weather: Weather) {
    this.#near = near.setNoDelay();
    this.#far = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#weather = weather;
    this.#up = new Pipe(this.#far, weather);
    this.#down = new Pipe(this.#near, weather);
    near.on("data", (bytes) => {
      // Every chunk is checked, because clients upgrade connections that served requests before.
      this.#isSocket ||= /^upgrade: websocket/im.test(bytes.toString("latin1"));
      this.#up.push(bytes);
    });
    this.#far.on("data", (bytes) => this.#down.push(bytes));
    for (const socket of [near, this.#far]) socket.on("error", () => {});
    near.once("close", () => this.#nearGone());
    this.#far.once("close", () => this.#farGone());
  }

  get isWhole(): boolean {
    return this.#broken === undefined;
  }

  /** Whether it is an intact WebSocket whose upgrade was answered. */
  get isWholeSocket(): boolean {
    return this.isWhole && this.#isSocket && this.#far.bytesRead > 0 && !this.#near.destroyed;
  }

  break(kind: Break): void {
    this.#broken = kind;
    if (kind === "reset") return this.destroy();
    if (kind === "ghost") return void this.#near.resetAndDestroy();
    if (kind !== "deaf") this.#up.stop();
    if (kind !== "mute") this.#down.stop();
    this.#destroyIn(silentMs);
  }

  destroy(): void {
    clearTimeout(this.#timer);
    for (const pipe of [this.#up, this.#down]) pipe.stop();
    for (const socket of [this.#near, this.#far]) socket.resetAndDestroy();
    this.onGone();
  }

  /** Closes the server's side at once, unless the connection is broken: then it stays open for a time. */
  #nearGone(): void {
    if (this.isWhole) this.#up.end();
    else this.#destroyIn(this.#weather.random() * ghostsMs);
    this.#forgetWhenBothAreGone();
  }

  /** Closes the client's side, unless that no longer receives anything. */
  #farGone(): void {
    this.#down.end();
    this.#forgetWhenBothAreGone();
  }

  #forgetWhenBothAreGone(): void {
    if (this.#near.destroyed && this.#far.destroyed) this.destroy();
  }

  #destroyIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.destroy(), delayMs);
  }
}

/** One direction: bytes leave in the order of their arrival, possibly later and in other chunks. */
class Pipe {
  readonly #to: Socket;
  readonly #weather: Weather;
  readonly #waiting: { dueMs: number; act: () => void }[] = [];
  #lastDueMs = 0;
  #stopped = false;

  constructor(to: Socket, weather: Weather) {
    this.#to = to;
    this.#weather = weather;
  }

  push(bytes: Buffer): void {
    const { random } = this.#weather;
    const rough = this.#weather.isRough();
    if (!rough && this.#waiting.length === 0) return this.#write(bytes);
    const at = rough && random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length;
    for (const piece of [bytes.subarray(0, at), bytes.subarray(at)])
      this.#later(rough && random() < 0.3 ? random() * latestMs : 0, () => this.#write(piece));
  }

  end(): void {
    this.#later(0, () => !this.#stopped && this.#to.end());
  }

  stop(): void {
    this.#stopped = true;
  }

  #write(bytes: Buffer): void {
    if (!this.#stopped && this.#to.writable && bytes.length > 0) this.#to.write(bytes);
  }

  #later(delayMs: number, act: () => void): void {
    this.#lastDueMs = Math.max(this.#lastDueMs, performance.now() + delayMs);
    if (this.#waiting.push({ dueMs: this.#lastDueMs, act }) === 1) this.#wait();
  }

  /** Uses one timer for the first item, because of two timers the later one may fire first. */
  #wait(): void {
    const [first] = this.#waiting;
    if (first) setTimeout(() => this.#release(), Math.max(0, first.dueMs - performance.now()));
  }

  #release(): void {
    const nowMs = performance.now();
    for (let [first] = this.#waiting; first && first.dueMs <= nowMs; [first] = this.#waiting) {
      first.act();
      this.#waiting.shift();
    }
    this.#wait();
  }
}
