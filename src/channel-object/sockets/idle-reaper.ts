import type { Due } from "../../durable/alarm-scheduler.ts";
import type { Sockets } from "../../durable/socket-registry.ts";
import { isDirect, type Reader, type ReaderConnection } from "./subscriber.ts";
import type { SessionUse } from "./session-use-reports.ts";

export interface SweepOptions {
  sockets: Sockets<Reader>;
  due: Due;
  /** A socket from which nothing came for so long is dead. */
  silenceMs: number;
  use: SessionUse;
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
    const { due, silenceMs, use } = this.#options;
    this.#watched.add(connection);
    if (!due.has(Sweep.key)) due.set(Sweep.key, nowMs + Math.min(silenceMs, use.intervalMs));
  }

  /** Something came from it; a `ping` that is answered without waking anyone is known to the platform. */
  heard(connection: ReaderConnection, nowMs: number): void {
    this.#options.use.note(connection, nowMs);
    if (!isDirect(connection) || nowMs - connection.holder.heardAt < hearEveryMs) return;
    this.#options.sockets.rename(connection, { ...connection.holder, heardAt: nowMs });
  }

  forget(connection: ReaderConnection): void {
    if (this.#watched.delete(connection) && this.#watched.size === 0) this.#options.due.clear(Sweep.key);
  }

  /** By the alarm. */
  run(nowMs: number): void {
    const { sockets, due, silenceMs, use } = this.#options;
    let next = nowMs + use.intervalMs;
    for (const connection of this.#watched) {
      const pingedAt = sockets.pingedAt(connection);
      const deadAt = Math.max(pingedAt, connection.holder.heardAt + hearEveryMs) + silenceMs;
      if (deadAt <= nowMs) {
        sockets.close(connection, "slow");
        continue;
      }
      next = Math.min(next, deadAt);
      if (pingedAt > (connection.holder.usedAt ?? 0)) use.note(connection, nowMs);
    }
    if (this.#watched.size > 0) due.set(Sweep.key, Math.max(next, nowMs + restMs));
    else due.clear(Sweep.key);
  }
}
