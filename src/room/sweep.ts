import type { Due } from "../log/due.ts";
import type { Sockets } from "../log/sockets.ts";
import type { Reader, ReaderConnection } from "./reader.ts";

export interface SweepOptions {
  sockets: Sockets<Reader>;
  due: Due;
  /** A socket from which nothing came for so long is dead. */
  silenceMs: number;
}

/** What a socket says is written down at most so often, and so a socket lives so much longer. */
const hearEveryMs = 10_000;
/** Between two sweeps, at least. */
const restMs = 4_000;

/** Closes direct sockets from which nothing comes any more, by an alarm that only rooms with such sockets have. */
export class Sweep {
  static readonly key = "sweep";
  readonly #options: SweepOptions;
  readonly #watched = new Set<ReaderConnection>();

  /** The sockets that outlived the object's memory have their alarm already. */
  constructor(options: SweepOptions) {
    this.#options = options;
    for (const connection of options.sockets.all) if (isDirect(connection)) this.#watched.add(connection);
  }

  watch(connection: ReaderConnection, nowMs: number): void {
    if (!isDirect(connection)) return;
    const { due, silenceMs } = this.#options;
    this.#watched.add(connection);
    if (!due.has(Sweep.key)) due.set(Sweep.key, nowMs + silenceMs);
  }

  /** Something came from it; a `ping` that is answered without waking anyone is known to the platform. */
  heard(connection: ReaderConnection, nowMs: number): void {
    if (!isDirect(connection) || nowMs - connection.holder.heardAt < hearEveryMs) return;
    this.#options.sockets.rename(connection, { ...connection.holder, heardAt: nowMs });
  }

  forget(connection: ReaderConnection): void {
    if (this.#watched.delete(connection) && this.#watched.size === 0) this.#options.due.clear(Sweep.key);
  }

  /** By the alarm. */
  run(nowMs: number): void {
    const { sockets, due, silenceMs } = this.#options;
    let next = Number.POSITIVE_INFINITY;
    for (const connection of this.#watched) {
      const deadAt =
        Math.max(sockets.pingedAt(connection), connection.holder.heardAt + hearEveryMs) + silenceMs;
      if (deadAt <= nowMs) sockets.close(connection, "slow");
      else next = Math.min(next, deadAt);
    }
    if (this.#watched.size > 0) due.set(Sweep.key, Math.max(next, nowMs + restMs));
    else due.clear(Sweep.key);
  }
}

const isDirect = ({ holder }: ReaderConnection): boolean => holder.via === "client";
