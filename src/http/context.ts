import type { Actor } from "../core/actor.ts";
import type { Config } from "../config.ts";

/** What handlers find on `c`. `actor` is there behind `authenticate()`. */
export interface AppEnv {
  Bindings: Env;
  Variables: { requestId: string; config: Config; actor: Actor };
}
