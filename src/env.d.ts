/** The bindings and variables of the Worker and its objects. `wrangler.toml` declares them; `config.ts` parses the variables. */
interface Env {
  DB: D1Database;
  SEARCH: D1Database;
  FILES: R2Bucket;
  ROOMS: DurableObjectNamespace<import("./channel-object/channel-room.ts").ChannelRoom>;
  HUBS: DurableObjectNamespace<import("./user-object/user-hub.ts").UserHub>;
  HASHERS: DurableObjectNamespace<import("./password-hasher/password-hasher.ts").PasswordHasher>;
  LIMITERS: DurableObjectNamespace<import("./rate-limiter/rate-limiter.ts").RateLimiter>;
  JOBS: DurableObjectNamespace<import("./job-runner/job-runner.ts").JobRunner>;
  MAILER: DurableObjectNamespace<import("./mail/mailer.ts").Mailer>;
  WEBHOOKS: DurableObjectNamespace<import("./webhook-sender/webhook-sender.ts").WebhookSender>;
  /** The web client: the files of `web/dist`. */
  ASSETS?: Fetcher;
  /** Cloudflare Email Sending. Only with `MAIL_DRIVER` = `cloudflare`. */
  EMAIL?: SendEmail;
  RATE_READ?: RateLimit;
  RATE_WRITE?: RateLimit;
  RATE_SEARCH?: RateLimit;
  RATE_UPLOAD?: RateLimit;
  RATE_AUTH?: RateLimit;
  RATE_ADMIN?: RateLimit;
  JWT_SIGNING_KEY: string;
  REFRESH_TOKEN_KEY: string;
  SETUP_TOKEN?: string;
  ENVIRONMENT?: string;
  JURISDICTION?: DurableObjectJurisdiction;
  LOCATION_HINT?: DurableObjectLocationHint;
  [variable: string]: unknown;
}

declare namespace Cloudflare {
  interface Env extends globalThis.Env {}
}

/** True only in test builds. In other builds the bundler removes the calls of `failpoint()`. */
declare const __FAILPOINTS__: boolean;
