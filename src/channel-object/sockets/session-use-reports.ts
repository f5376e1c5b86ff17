import { describeError, logLine } from "../../lib/log-line.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { useIntervals } from "../../domain/session-use.ts";
import type { SocketRegistry } from "../../durable/socket-registry.ts";
import { isDirect, type Subscriber, type SubscriberConnection } from "./subscriber.ts";

export interface SessionUseReportsOptions {
  env: Env;
  sockets: SocketRegistry<Subscriber>;
  /** `SESSION_IDLE_MS`: a session without use expires after this time. */
  sessionIdleMs: number;
}

/** Reports to users' hubs that the sessions of direct sockets are in use, at most once an interval per socket. Gateways report their own. */
export class SessionUseReports {
  readonly intervalMs: number;
  readonly #options: SessionUseReportsOptions;

  constructor(options: SessionUseReportsOptions) {
    this.#options = options;
    this.intervalMs = useIntervals(options.sessionIdleMs).reportMs;
  }

  /**
   * Records that a client has sent a frame. A report that fails, or is lost because the process dies, is not retried: the next frame
   * after the interval sends the next one.
   */
  record(connection: SubscriberConnection, nowMs: number): void {
    const { owner } = connection;
    if (!isDirect(connection) || nowMs - (owner.usedAt ?? 0) < this.intervalMs) return;
    const { env, sockets } = this.#options;
    sockets.updateOwner(connection, { ...owner, usedAt: nowMs });
    void callObject(() => hubOf(env, owner.userId).checkSession(owner.sessionId)).catch((error: unknown) =>
      logLine({ level: "warn", message: "session.use_not_reported", error: describeError(error) }),
    );
  }
}
