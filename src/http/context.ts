import type { Actor } from "../core/actor.ts";
import type { Config } from "../config.ts";

/** What handlers find on `c`. `actor` is there behind `authenticate()`. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    config: Config;
    actor: Actor;
    /** The channel of the request's path, where the actor's hub says that they are in it. */
    heldChannelId?: string;
    /** Says that this answer needs no log line. */
    unlogged?: boolean;
  };
}
