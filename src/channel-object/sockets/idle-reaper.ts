import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import type { SocketRegistry } from "../../durable/socket-registry.ts";
import { isDirect, type Subscriber, type SubscriberConnection } from "./subscriber.ts";
import type { SessionUseReports } from "./session-use-reports.ts";

export interface IdleReaperOptions {
  sockets: SocketRegistry<Subscriber>;
  due: AlarmScheduler;
  /** A socket from which nothing came for so long is dead. */
  silenceMs: number;
  use: SessionUseReports;
}

/** What a socket says is written down at most so often, and so a socket lives so much longer. */
const hearEveryMs = 10_000;
/** Between two sweeps, at least. */
const restMs = 4_000;

/** Closes direct sockets from which nothing comes any more, by an alarm that only rooms with such sockets have. */
export class IdleReaper {
  static readonly key = "sweep";
  readonly #options: IdleReaperOptions;
  readonly #watched = new Set<SubscriberConnection>();

  /** The sockets that outlived the object's memory have their alarm already. */
  constructor(options: IdleReaperOptions) {
    this.#options = options;
    for (const connection of options.sockets.all) if (isDirect(connection)) this.#watched.add(connection);
  }

  watch(connection: SubscriberConnection, nowMs: number): void {
    if (!isDirect(connection)) return;
    const { due, silenceMs, use } = this.#options;
    this.#watched.add(connection);
    if (!due.has(IdleReaper.key)) due.set(IdleReaper.key, nowMs + Math.min(silenceMs, use.intervalMs));
  }

  /** Something came from it; a `ping` that is answered without waking anyone is known to the platform. */
  noteFrame(connection: SubscriberConnection, nowMs: number): void {
    this.#options.use.note(connection, nowMs);
    if (!isDirect(connection) || nowMs - connection.owner.heardAt < hearEveryMs) return;
    this.#options.sockets.updateOwner(connection, { ...connection.owner, heardAt: nowMs });
  }

  forget(connection: SubscriberConnection): void {
    if (this.#watched.delete(connection) && this.#watched.size === 0) this.#options.due.clear(IdleReaper.key);
  }

  /** By the alarm. */
  run(nowMs: number): void {
    const { sockets, due, silenceMs, use } = this.#options;
    let next = nowMs + use.intervalMs;
    for (const connection of this.#watched) {
      const pingedAt = sockets.pingedAt(connection);
      const deadAt = Math.max(pingedAt, connection.owner.heardAt + hearEveryMs) + silenceMs;
      if (deadAt <= nowMs) {
        sockets.close(connection, "slow");
        continue;
      }
      next = Math.min(next, deadAt);
      if (pingedAt > (connection.owner.usedAt ?? 0)) use.note(connection, nowMs);
    }
    if (this.#watched.size > 0) due.set(IdleReaper.key, Math.max(next, nowMs + restMs));
    else due.clear(IdleReaper.key);
  }
}
