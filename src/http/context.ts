import type { Actor } from "../domain/actor.ts";
import type { Config } from "../config.ts";

/**
 * What handlers find on `c`. `actor` is set by `authenticate()`; `admittedChannelId` too, where the user's hub holds the channel in the
 * path.
 */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    config: Config;
    actor: Actor;
    admittedChannelId?: string;
    /** Says that this answer needs no log line. */
    unlogged?: boolean;
  };
}
