import type { Actor } from "../domain/actor.ts";
import type { Config } from "../config.ts";
import type { Attachment } from "../sockets/upgrade.ts";
import type { AccessClaims } from "./access-tokens.ts";
import type { CookieScope } from "./session-cookies.ts";

/** The bindings and variables of Hono's context in this app. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** Set by `setRequestContext`. */
    requestId: string;
    /** Set by `setRequestContext`. */
    config: Config;
    /** Set by `authenticate` and `authenticateRead`: what the request's token says. Its session may have ended. */
    claims: AccessClaims;
    /** Set by `authenticate` or `authenticateSocket`; with `deferred`, once `liveSession` has returned. */
    actor: Actor;
    /** Set by `acceptCookieSession`: the request asks for a session in cookies. */
    cookieScope?: CookieScope;
    /** The server key that the request carries. */
    serverKeyId?: string;
    /** The check of the session, from its first `liveSession` on. */
    sessionCheck?: Promise<Actor>;
    /** Set by `authenticate`: the endpoint is available to sessions that have not passed the required second factor. */
    acceptsRestricted?: boolean;
    /** The room has answered for a session that it holds, so that no further check is needed. */
    heldByRoom?: boolean;
    /** The channel in the path, if the user was admitted to it before; set with `actor`. */
    admittedChannelId?: string;
    /** The hub's registration of the socket that the request opens to the channel in its path; set by `authenticateSocket`. */
    attachment?: Attachment | undefined;
    /** What is left of the limit that counted the request; set by `limitUser` or `limitAddress`. */
    rateLimit?: { limit: number; remaining: number; resetMs: number };
    /** Set by a handler whose response needs no log line. */
    unlogged?: boolean;
  };
}
