import { env } from "cloudflare:workers";
import { app } from "./app.ts";
import { configOf } from "./config.ts";
import { dataLocationMismatch } from "./features/deployment/index.ts";
import { resolveStaleClaims } from "./features/channels/index.ts";
import { drainable } from "./gateway/index.ts";

// A wrong var stops the Worker here, with its name, rather than a request later on.
configOf(env);

export { UserHub } from "./user-object/user-hub.ts";
export { ChannelRoom } from "./channel-object/index.ts";
export { PasswordHasher } from "./password-hasher/password-hasher.ts";
export { RateLimiter } from "./rate-limiter/rate-limiter.ts";

export default {
  fetch: drainable(app.fetch),
  async scheduled() {
    if (await dataLocationMismatch(env)) return;
    await resolveStaleClaims(env);
  },
} satisfies ExportedHandler<Env>;
