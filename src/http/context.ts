import type { Actor } from "../domain/actor.ts";
import type { Config } from "../config.ts";
import type { Attachment } from "../sockets/upgrade.ts";

/** The bindings and variables of Hono's context in this app. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** Set by `setRequestContext`. */
    requestId: string;
    /** Set by `setRequestContext`. */
    config: Config;
    /** Set by `authenticate` or `authenticateSocket`, and by `authenticateRead` once the session is confirmed. */
    actor: Actor;
    /** Set by `authenticateRead`: the user and session of the verified token. The session may have ended. */
    caller: { userId: string; sessionId: string };
    /** Set by `authenticateRead`. Rejects with `unauthenticated` when the session is not live. */
    sessionCheck: Promise<void>;
    /** The channel in the path, if the user was admitted to it before; set with `actor`. */
    admittedChannelId?: string;
    /** The hub's registration of the socket that the request opens to the channel in its path; set by `authenticateSocket`. */
    attachment?: Attachment | undefined;
    /** Set by a handler whose response needs no log line. */
    unlogged?: boolean;
  };
}
