import { describeError, logLine } from "../../lib/log-line.ts";
import { useIntervals } from "../../domain/session-use.ts";
import type { SocketRegistry } from "../../durable/socket-registry.ts";
import { isDirect, type Subscriber, type SubscriberConnection } from "./subscriber.ts";

export interface SessionUseOptions {
  sockets: SocketRegistry<Subscriber>;
  /** `SESSION_IDLE_MS`. */
  idleMs: number;
  /** Tells the user's hub that the session is in use. */
  report: (userId: string, sessionId: string) => Promise<unknown>;
}

/** Reports the sessions of direct sockets as used, each socket at most once an interval. A gateway reports those of its clients. */
export class SessionUseReports {
  readonly intervalMs: number;
  readonly #options: SessionUseOptions;

  constructor(options: SessionUseOptions) {
    this.#options = options;
    this.intervalMs = useIntervals(options.idleMs).reportMs;
  }

  /** The client has sent something. A report that fails is not repeated: the next frame after the interval brings the next one. */
  note(connection: SubscriberConnection, nowMs: number): void {
    const { owner } = connection;
    if (!isDirect(connection) || nowMs - (owner.usedAt ?? 0) < this.intervalMs) return;
    const { sockets, report } = this.#options;
    sockets.updateOwner(connection, { ...owner, usedAt: nowMs });
    void report(owner.userId, owner.sessionId).catch((error: unknown) =>
      logLine({ level: "warn", message: "session.use_not_reported", error: describeError(error) }),
    );
  }
}
