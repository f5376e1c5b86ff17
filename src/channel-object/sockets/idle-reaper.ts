import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import type { SocketRegistry } from "../../durable/socket-registry.ts";
import { isDirect, type Subscriber, type SubscriberConnection } from "./subscriber.ts";
import type { SessionUseReports } from "./session-use-reports.ts";

export interface IdleReaperOptions {
  sockets: SocketRegistry<Subscriber>;
  alarms: AlarmScheduler;
  /** A socket without any frame for this long is closed. */
  idleTimeoutMs: number;
  sessionUse: SessionUseReports;
}

/** How often the time of a socket's last frame is stored. The idle timeout is longer by this much. */
const storeEveryMs = 10_000;
/** The shortest time between two runs. */
const minIntervalMs = 4_000;

/** Closes direct sockets after the idle timeout, by a scheduled task that only rooms with direct sockets have. */
export class IdleReaper {
  static readonly key = "sweep";
  readonly #options: IdleReaperOptions;
  readonly #watched = new Set<SubscriberConnection>();

  /** Sockets from before an eviction are watched again; their task is still scheduled. */
  constructor(options: IdleReaperOptions) {
    this.#options = options;
    for (const connection of options.sockets.all) if (isDirect(connection)) this.#watched.add(connection);
  }

  watch(connection: SubscriberConnection, nowMs: number): void {
    if (!isDirect(connection)) return;
    const { alarms, idleTimeoutMs, sessionUse } = this.#options;
    this.#watched.add(connection);
    if (!alarms.has(IdleReaper.key))
      alarms.set(IdleReaper.key, nowMs + Math.min(idleTimeoutMs, sessionUse.intervalMs));
  }

  /** Records that a frame arrived. The bare text `ping` does not come here: the platform answers it and stores its time. */
  recordFrame(connection: SubscriberConnection, nowMs: number): void {
    if (!isDirect(connection)) return;
    this.#options.sessionUse.record(connection, nowMs);
    if (nowMs - connection.owner.lastFrameAt < storeEveryMs) return;
    this.#options.sockets.updateOwner(connection, { ...connection.owner, lastFrameAt: nowMs });
  }

  unwatch(connection: SubscriberConnection): void {
    if (this.#watched.delete(connection) && this.#watched.size === 0)
      this.#options.alarms.clear(IdleReaper.key);
  }

  /** The scheduled task. Running it twice closes nothing more. If the process dies in between, it stays scheduled. */
  onAlarm(nowMs: number): void {
    const { sockets, alarms, idleTimeoutMs, sessionUse } = this.#options;
    let next = nowMs + sessionUse.intervalMs;
    for (const connection of this.#watched) {
      const pingedAt = sockets.pingedAt(connection);
      const deadline = Math.max(pingedAt, connection.owner.lastFrameAt + storeEveryMs) + idleTimeoutMs;
      if (deadline <= nowMs) {
        sockets.close(connection, "slow");
        continue;
      }
      next = Math.min(next, deadline);
      if (pingedAt > (connection.owner.usedAt ?? 0)) sessionUse.record(connection, nowMs);
    }
    if (this.#watched.size > 0) alarms.set(IdleReaper.key, Math.max(next, nowMs + minIntervalMs));
    else alarms.clear(IdleReaper.key);
  }
}
