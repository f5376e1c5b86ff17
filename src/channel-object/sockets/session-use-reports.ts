import { errorLine, logLine } from "../../lib/log-line.ts";
import { useIntervals } from "../../domain/session-use.ts";
import type { Sockets } from "../../durable/socket-registry.ts";
import { isDirect, type Reader, type ReaderConnection } from "./subscriber.ts";

export interface SessionUseOptions {
  sockets: Sockets<Reader>;
  /** `SESSION_IDLE_MS`. */
  idleMs: number;
  /** Tells the user's hub that the session is in use. */
  report: (userId: string, sessionId: string) => Promise<unknown>;
}

/** Reports the sessions of direct sockets as used, each socket at most once an interval. A gateway reports those of its clients. */
export class SessionUse {
  readonly intervalMs: number;
  readonly #options: SessionUseOptions;

  constructor(options: SessionUseOptions) {
    this.#options = options;
    this.intervalMs = useIntervals(options.idleMs).reportMs;
  }

  /** The client has sent something. A report that fails is not repeated: the next frame after the interval brings the next one. */
  note(connection: ReaderConnection, nowMs: number): void {
    const { holder } = connection;
    if (!isDirect(connection) || nowMs - (holder.usedAt ?? 0) < this.intervalMs) return;
    const { sockets, report } = this.#options;
    sockets.rename(connection, { ...holder, usedAt: nowMs });
    void report(holder.userId, holder.sessionId).catch((error: unknown) =>
      logLine({ level: "warn", message: "session.use_not_reported", error: errorLine(error) }),
    );
  }
}
