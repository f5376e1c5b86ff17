import { Connection } from "./connection.ts";
import type { Room } from "./job.ts";
import { Series } from "./series.ts";
import type { Answer, Wire } from "./wire.ts";

export type Role = "counts" | "sends" | "verifies";

/** One socket in the room, with its position in the stream of events. */
export class Member {
  /** Bytes of events received since `startCounting`; see `Wire`. */
  position = 0;
  frames = 0;
  bytes = 0;
  lastFrameMs = 0;
  onAnswers: (answers: Answer[]) => void = () => {};
  /** The verifier's frames, which are parsed after the cell. */
  readonly kept: Buffer[] = [];
  /** Two entries after each frame, time and position; `null` unless requested. */
  readonly arrivals: Series | null;
  private unconfirmedBytes = 0;
  private isCounting = false;
  private readonly connection: Connection;
  private readonly room: Room;
  private readonly token: string;
  private readonly wire: Wire;
  private readonly role: Role;
  private onJoined: (() => void) | null;

  private constructor(
    room: Room,
    token: string,
    wire: Wire,
    role: Role,
    timeArrivals: boolean,
    onJoined: () => void,
    onFailure: (reason: string) => void,
  ) {
    [this.room, this.token, this.wire, this.role, this.onJoined] = [room, token, wire, role, onJoined];
    this.arrivals = timeArrivals ? new Series() : null;
    const { path, headers } = wire.upgrade(room, token);
    const onText = (length: number, payload: Buffer | null): void => this.onText(length, payload);
    this.connection = new Connection({ host: room.host, port: room.port, path, headers }, onText, onFailure);
  }

  /** Resolves when the socket has joined the room. @param onLost - called if the socket is closed later */
  static join(
    room: Room,
    token: string,
    wire: Wire,
    role: Role,
    timeArrivals: boolean,
    onLost: (reason: string) => void,
  ): Promise<Member> {
    return new Promise((resolve, reject) => {
      let joined = false;
      const onJoined = (): void => {
        joined = true;
        resolve(member);
      };
      const onFailure = (reason: string): void => (joined ? onLost(reason) : reject(new Error(reason)));
      const member = new Member(room, token, wire, role, timeArrivals, onJoined, onFailure);
    });
  }

  /** Resets all counters. From here on, all members of the room receive the same events. */
  startCounting(): void {
    [this.isCounting, this.position, this.frames, this.bytes] = [true, 0, 0, 0];
  }

  send(text: string): void {
    this.connection.send(text);
  }

  end(): void {
    this.connection.end();
  }

  private onText(length: number, payload: Buffer | null): void {
    const { wire } = this;
    const control = wire.controlReply(length, payload);
    if (control) return control.reply === undefined ? undefined : this.send(control.reply);
    this.confirm(length);
    if (this.onJoined) return this.open(payload!);
    this.frames++;
    this.bytes += length;
    this.lastFrameMs = performance.now();
    if (this.role === "sends") return this.readAnswers(length, payload!);
    if (this.role === "verifies" && this.isCounting) this.kept.push(Buffer.from(payload!));
    this.move(wire.advance(length));
  }

  private readAnswers(length: number, payload: Buffer): void {
    const found = this.wire.answers(payload);
    this.move(found ? found.advance : this.wire.advance(length));
    if (!found || found.answers.length === 0) return;
    this.connection.cork();
    this.onAnswers(found.answers);
    this.connection.uncork();
  }

  private move(bytes: number): void {
    this.position += bytes;
    if (!this.arrivals || !this.isCounting || bytes === 0) return;
    this.arrivals.push(this.lastFrameMs);
    this.arrivals.push(this.position);
  }

  private confirm(length: number): void {
    this.unconfirmedBytes += length;
    const text = this.wire.confirmation(this.unconfirmedBytes);
    if (text === undefined) return;
    this.unconfirmedBytes = 0;
    this.send(text);
  }

  private open(payload: Buffer): void {
    const { reply, joined, rejected } = this.wire.open(payload.toString(), this.room, this.token);
    if (rejected !== undefined) throw new Error(`the room rejected the socket: ${rejected}`);
    if (reply !== undefined) this.send(reply);
    if (!joined) return;
    if (this.role === "counts") this.connection.countOnly();
    this.onJoined!();
    this.onJoined = null;
  }
}
