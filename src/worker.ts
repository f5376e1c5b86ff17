import { env } from "cloudflare:workers";
import { app } from "./app.ts";
import { configOf } from "./config.ts";
import { dataLocationMismatch } from "./features/deployment/index.ts";
import { resolveStaleClaims } from "./features/channels/index.ts";
import { drainable } from "./gateway/index.ts";
import { callObject, maintenanceRunnerOf } from "./rpc/stubs.ts";

// An invalid variable stops the Worker at start with an error that names it, instead of failing the first request that needs it.
configOf(env);

export { UserHub } from "./user-object/user-hub.ts";
export { ChannelRoom } from "./channel-object/index.ts";
export { Mailer } from "./mail/mailer.ts";
export { PasswordHasher } from "./password-hasher/password-hasher.ts";
export { RateLimiter } from "./rate-limiter/rate-limiter.ts";
export { WebhookSender } from "./webhook-sender/webhook-sender.ts";
export { JobRunner } from "./job-runner/job-runner.ts";

export default {
  fetch: drainable(app.fetch),
  async scheduled() {
    if (await dataLocationMismatch(env)) return;
    await resolveStaleClaims(env);
    await callObject(() => maintenanceRunnerOf(env).maintain());
  },
} satisfies ExportedHandler<Env>;
