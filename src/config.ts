import { z } from "zod";
import { ProviderId } from "./protocol/index.ts";

/** A duration in milliseconds. */
const milliseconds = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** A whole number, 1 or more. */
const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** A variable that may be absent or empty. wrangler.toml lists it with an empty value, so that operators find it. */
const optionalVar = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal("").transform(() => undefined), schema]).optional();

/** A quota for a window of time: half of it may be used at once, the other half refills evenly over the window. */
const budget = (fallback: number) => z.coerce.number().int().min(2).default(fallback);

/** A variable that contains JSON. */
const jsonText = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: "custom", message: "Must be JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);

const OidcProvider = z.strictObject({
  /** In the paths of the provider's endpoints. It must not change: accounts are linked by it. */
  id: ProviderId,
  /** Shown on the login page. */
  name: z.string().min(1).max(80),
  /** The issuer identifier. `/.well-known/openid-configuration` below it describes the provider. */
  issuer: z.url({ protocol: /^https?$/ }),
  clientId: z.string().min(1),
  /** Absent: from `OIDC_CLIENT_SECRETS`; without one there either, a public client. */
  clientSecret: z.string().min(1).optional(),
  scopes: z.string().default("openid email profile"),
  /** The accepted domains of verified e-mail addresses. Empty: all. */
  allowedDomains: z.array(z.string().toLowerCase()).default([]),
  /** Whether accounts are created for users of the provider that have none. */
  createAccounts: z.boolean().default(false),
  /** `verified_email`: links an existing account with the same e-mail address, if the provider has verified it. `none`: links none. */
  linkBy: z.enum(["verified_email", "none"]).default("verified_email"),
  /** `local`: users pass their second factor here as well. `provider`: the provider has asked for one. */
  secondFactor: z.enum(["local", "provider"]).default("local"),
});
export type OidcProvider = z.output<typeof OidcProvider>;

const OidcProviders = jsonText(
  z
    .array(OidcProvider)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "Must have distinct ids"),
).default([]);

/** A list separated by commas, in lower case. */
const commaList = (fallback = "") =>
  z
    .string()
    .default(fallback)
    .transform((list) =>
      list
        .split(",")
        .map((item) => item.trim().toLowerCase())
        .filter(Boolean),
    );

/** A list of host names separated by commas. */
const hostList = () =>
  commaList().pipe(z.array(z.string().regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, "Must be host names in ASCII")));

const HttpOrigin = z
  .url({ protocol: /^https?$/ })
  .refine((url) => new URL(url).origin === url, "Must be an origin, without a path");

/**
 * Every variable of the Worker: its meaning, unit, permitted values and default. An invalid one stops the Worker at start with an error that
 * names it.
 */
const Variables = z.object({
  /** `local`: the first user who registers becomes the owner of the workspace. `production`: only with the `SETUP_TOKEN`. */
  ENVIRONMENT: z.enum(["local", "production"]).default("production"),
  /** The origins of web pages that may call the API and open sockets, separated by commas. Default: none. */
  ALLOWED_ORIGINS: z
    .string()
    .default("")
    .transform((list) =>
      list
        .split(",")
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .pipe(z.array(HttpOrigin)),
  /**
   * The jurisdiction in which Cloudflare stores and runs the objects: `eu`, `us` or `fedramp`; empty: no restriction. The first request of a
   * deployment fixes it, because the same name in another jurisdiction is another, empty object. docs/deploy.md, step 2.
   */
  JURISDICTION: optionalVar(z.enum(["eu", "us", "fedramp"])),
  /**
   * The region in which new objects are placed if there is no jurisdiction; empty: near the first caller. Cloudflare treats it as a hint;
   * existing objects do not move.
   */
  LOCATION_HINT: optionalVar(z.enum(["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"])),
  /** The `iss` claim of access tokens. */
  JWT_ISSUER: z.string().min(1).default("parley"),
  /** The `aud` claim of access tokens. */
  JWT_AUDIENCE: z.string().min(1).default("parley"),
  /** Secret: the private key that signs access tokens, an Ed25519 JWK with a `kid`. */
  JWT_SIGNING_KEY: z.string().min(1),
  /** A JSON array of public JWKs. After a key rotation it lists the earlier key until all tokens that it signed have expired. */
  JWT_RETIRED_KEYS: z.string().default("[]"),
  /** Secret: 32 bytes or more as base64url. Refresh tokens and tickets are derived from it. */
  REFRESH_TOKEN_KEY: z.string().min(43),
  /**
   * Secret: 32 bytes or more as base64url, from which the key of stored authenticator secrets, and of the secrets of slash commands, is derived.
   * Default: `REFRESH_TOKEN_KEY`. When that key is replaced, this one is set to its former value, so that these secrets stay valid.
   */
  SECOND_FACTOR_KEY: optionalVar(z.string().min(43)),
  /** How long after its beginning a session may change second factors without a further proof. Default 15 min. */
  REAUTHENTICATION_MS: milliseconds(15 * 60_000),
  /**
   * The origin of the deployment and its client application, such as `https://chat.example.com`, for passkeys, single sign-on and links. Links in mails
   * and invites lead to its pages `/invite`, `/confirm-email` and `/reset-password`. Required in production with a `MAIL_DRIVER` or with
   * `OIDC_PROVIDERS`. A local server uses the origin of each request by default; so do links of invites.
   */
  PUBLIC_URL: optionalVar(HttpOrigin),
  /** The domain to which passkeys belong, if it is a parent of the domain of `PUBLIC_URL`, such as `example.com`. */
  PASSKEY_DOMAIN: optionalVar(z.string().regex(/^[a-z0-9.-]{1,253}$/)),
  /** `off`: members log in only by single sign-on. The owner can still log in with a password. */
  PASSWORD_LOGIN: z.enum(["on", "off"]).default("on"),
  /** Providers for single sign-on (OpenID Connect), as a JSON array of `OidcProvider`. docs/single-sign-on.md */
  OIDC_PROVIDERS: OidcProviders,
  /** Secrets: a JSON object of client secrets by the id of their provider, for providers without `clientSecret`. */
  OIDC_CLIENT_SECRETS: optionalVar(jsonText(z.record(z.string(), z.string().min(1)))),
  /** Secret: the user who registers with it becomes the first owner. At least 16 characters. */
  SETUP_TOKEN: z.string().min(16).optional(),
  /** Set by `npm run dev`, which uses it to request that sockets are closed and requests finished before the server stops. */
  DRAIN_TOKEN: z.string().min(16).optional(),
  /**
   * Who may register: `open`: anyone; `invite`: with an invite; `domain`: addresses of `REGISTRATION_DOMAINS`, which are confirmed by mail,
   * or with an invite; `closed`: no one. Empty: `open` on a local server, `invite` in production. The first account always needs the
   * `SETUP_TOKEN` in production. docs/registration.md
   */
  REGISTRATION: optionalVar(z.enum(["open", "invite", "domain", "closed"])),
  /** The accepted domains of the mode `domain`, separated by commas. Subdomains are not included. */
  REGISTRATION_DOMAINS: commaList().pipe(
    z.array(
      z.string().regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, "Must be domains in ASCII, such as example.org"),
    ),
  ),
  /** `required`: every registration is confirmed by mail, in the modes `open` and `invite` too. `domain`: only in the mode `domain`. */
  CONFIRM_EMAIL: z.enum(["required", "domain"]).default("domain"),
  /** Who may create invites: `admins` or `members` (guests never). */
  INVITES_BY: z.enum(["admins", "members"]).default("admins"),
  /** Invites that one user may create an hour. */
  USER_INVITES_PER_HOUR: budget(100),
  /** The name of the workspace in mails and on the page of an invite. */
  WORKSPACE_NAME: z.string().trim().min(1).max(80).default("Parley"),
  /**
   * How mail is sent: `cloudflare` (the binding `EMAIL`), `webhook` (a signed POST to `MAIL_WEBHOOK_URL`) or `local` (to the terminal and a folder
   * of `npm run dev`; only on a local server). Empty: no mail in production, `local` under `npm run dev`. docs/mail.md
   */
  MAIL_DRIVER: optionalVar(z.enum(["cloudflare", "webhook", "local"])),
  /** The sender's address. Required by the driver `cloudflare`. */
  MAIL_FROM: optionalVar(z.email()),
  /** Where the driver `webhook` posts mails (Standard Webhooks). */
  MAIL_WEBHOOK_URL: optionalVar(z.url({ protocol: /^https?$/ })),
  /** Secret: signs the requests of the driver `webhook`: `whsec_` and 24 to 64 bytes in base64. */
  MAIL_WEBHOOK_SECRET: optionalVar(
    z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, "Must be whsec_ and 24 to 64 bytes in base64"),
  ),
  /** Set by `npm run dev`: where it receives the mails of the driver `local`. */
  MAIL_LOCAL_URL: optionalVar(z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ })),
  /** Mails that one address may receive an hour. Further ones are not sent. */
  MAIL_RECIPIENT_PER_HOUR: count(10),
  /** Requests that cause a mail from one address of a client (IPv6: one /64), an hour. */
  MAIL_ADDRESS_PER_HOUR: count(100),
  /** The same for one name or account. */
  MAIL_ACCOUNT_PER_HOUR: count(5),
  /** How long an access token is valid, 30 to 3,600 s. Default 15 min. An ended session is rejected at once, regardless of this. */
  ACCESS_TOKEN_SECONDS: z.coerce.number().int().min(30).max(3_600).default(900),
  /** A session unused for this long ends. Default 30 days. */
  SESSION_IDLE_MS: milliseconds(30 * 24 * 3_600_000),
  /** A session ends at this age, used or not. Default 180 days. */
  SESSION_MAX_MS: milliseconds(180 * 24 * 3_600_000),
  /** Failed password checks permitted for one account, or one name without an account, within `LOGIN_WINDOW_MS`, from all addresses. */
  LOGIN_ATTEMPTS: count(10),
  /**
   * Failed password checks permitted from one address (IPv6: one /64) within `LOGIN_WINDOW_MS`. Names that logged in from there before are
   * exempt.
   */
  LOGIN_ADDRESS_ATTEMPTS: count(100),
  /** Default 15 min. */
  LOGIN_WINDOW_MS: milliseconds(15 * 60_000),
  /** Registrations permitted from one address (IPv6: one /64) within `REGISTER_WINDOW_MS`. */
  REGISTER_ADDRESS_ATTEMPTS: count(300),
  /** Default 1 h. */
  REGISTER_WINDOW_MS: milliseconds(3_600_000),
  /** The number of `PasswordHasher` objects, 1 to 64. Each computes one hash at a time. */
  PASSWORD_HASHERS: z.coerce.number().int().min(1).max(64).default(4),
  /**
   * Hashes that each of the two queues of a hasher holds: one queue for accounts that logged in from their address before, one for all
   * others. Beyond it, requests fail with `unavailable`.
   */
  PASSWORD_QUEUE_MAX: count(128),
  /** Of these, the hashes of one address, so that one client cannot fill the queue. */
  PASSWORD_LANE_MAX: count(32),
  /** The share of its thread's CPU time that a hasher uses, in percent. 100: no pauses. */
  PASSWORD_CPU_PERCENT: z.coerce.number().int().min(1).max(100).default(100),
  /**
   * The same share while nine or more hashes wait in one of the hasher's two queues. Below 100, the hasher then computes hashes in slices
   * of 2 ms.
   */
  PASSWORD_BUSY_CPU_PERCENT: z.coerce.number().int().min(1).max(100).default(100),
  /**
   * The delay of the response to a rejected password request (429, 503), in ms, so that immediate repetitions cost little. The delay is
   * randomized by half up and down, and grows up to four times while many rejections wait.
   */
  PASSWORD_REJECTION_DELAY_MS: z.coerce.number().int().min(0).max(10_000).default(1_000),
  /** The interval at which `hello` asks clients to send a frame, so that both ends notice a dead connection. Default 30 s. */
  HEARTBEAT_MS: milliseconds(30_000),
  /** A socket without a frame for this long is closed as dead. Default 75 s: two missed heartbeats and 15 s for the network. */
  SOCKET_IDLE_TIMEOUT_MS: milliseconds(75_000),
  /** Frames that one socket may send a second on average, except `seen`. More are rejected with `rate_limited`. */
  SOCKET_COMMANDS_PER_SECOND: count(20),
  /** Frames that one socket may send at once. */
  SOCKET_COMMANDS_BURST: count(60),
  /** Rejected frames within a minute after which a socket is closed with 4429. */
  SOCKET_REJECTIONS_PER_MINUTE: count(200),
  /** Invalid frames within a minute after which a socket is closed with 4400. */
  SOCKET_INVALID_FRAMES_PER_MINUTE: count(20),
  /**
   * Unconfirmed bytes that one room buffers for subscribers that are 1 MiB or more behind, together. Beyond it the slowest are closed. Default
   * 64 MiB: half of the 128 MB of an object.
   */
  ROOM_SLOW_BYTES: count(64 * 1024 * 1024),
  /** Channels to which one gateway socket may be subscribed. */
  GATEWAY_CHANNELS: count(50),
  /** Subscriptions that one gateway opens at the same time. In production at most 6 connections of an invocation may wait for headers. */
  GATEWAY_OPENING: count(6),
  /** Subrequests after which a gateway closes with 1012, so that the client reconnects. Below the platform's 10,000 for one invocation. */
  GATEWAY_SUBREQUESTS: count(9_000),
  /** Frames after which a gateway does so, before its CPU time (`cpu_ms` in wrangler.toml) is used up. A frame counts once per 4 KiB. */
  GATEWAY_FRAMES: count(200_000),
  /**
   * Unconfirmed bytes that the gateways of one isolate buffer for clients that are 1 MiB or more behind, together. A client that exceeds it is
   * closed. Default 32 MiB: a quarter of the 128 MB of an isolate.
   */
  GATEWAY_SLOW_BYTES: count(32 * 1024 * 1024),
  /**
   * `supervised`: the Worker ends the TCP connection of a client's socket to one room after the close handshake, or 5 s after a close frame
   * that the client does not echo. `direct`: the platform ends it. docs/sockets.md
   */
  ROOM_SOCKETS: z.enum(["supervised", "direct"]).default("supervised"),
  /** Sockets without a gateway that one user may have open in one room. */
  ROOM_USER_SOCKETS: count(50),
  /** Gateway sockets that one user may have open. */
  USER_SOCKETS: count(50),
  /** Sockets that one user may have open in total, to rooms and gateways. One more is rejected with `rate_limited` before the upgrade. */
  USER_CONNECTIONS: count(100),
  /** Channels to which all gateway sockets of one user may be subscribed together. One more is rejected with `rate_limited`. */
  USER_SUBSCRIPTIONS: count(1_000),
  /** How long a write over REST waits until D1 has it, so that the writer's next read contains it. Default 2 s. */
  READ_YOUR_WRITES_MS: milliseconds(2_000),
  /** The size of the largest file, in bytes. Default 100 MiB. */
  FILE_MAX_BYTES: count(100 * 1024 * 1024),
  /** The size of the largest file in one request. Default 90 MiB, below the platform's 100 MB for a body. Larger files are uploaded in parts. */
  FILE_BODY_MAX_BYTES: count(90 * 1024 * 1024),
  /** The size of each part of an upload but the last. At least 5 MiB, the minimum of R2. Default 10 MiB. */
  FILE_PART_BYTES: z.coerce
    .number()
    .int()
    .min(5 * 1024 * 1024)
    .default(10 * 1024 * 1024),
  /** The bytes that all files of one user may take. A file counts as at least 4 KiB. Default 5 GiB. */
  FILE_USER_QUOTA_BYTES: count(5 * 1024 ** 3),
  /** The bytes that all files of the workspace may take. Default 500 GiB. */
  FILE_WORKSPACE_QUOTA_BYTES: count(500 * 1024 ** 3),
  /** The accepted media types, separated by commas; `image/*` accepts all images. Executable files are always rejected. */
  FILE_TYPES: commaList("*/*").pipe(
    z.array(z.string().regex(/^(?:\*\/\*|[\w.+-]+\/(?:\*|[\w.+-]+\*?))$/, "Must be media types")),
  ),
  /** The width times the height of the largest picture. A larger one could exhaust the memory of clients that decode it. */
  FILE_MAX_PIXELS: count(100_000_000),
  /** An upload in parts that received no new part for this long is deleted. Default 6 h. */
  FILE_UPLOAD_MS: milliseconds(6 * 3_600_000),
  /** Uploads in parts that one user may have open. */
  FILE_OPEN_UPLOADS: count(20),
  /** File bodies (files, forms and parts) that one isolate receives from one user at the same time. Each takes about 0.5 MB of memory. */
  FILE_UPLOADS_AT_ONCE: count(16),
  /** How long the server waits for the next bytes of a body. Default 20 s. */
  BODY_IDLE_TIMEOUT_MS: milliseconds(20_000),
  /**
   * Commands that one user may send an hour, in all channels together, over REST and sockets. docs/limits.md
   */
  USER_WRITES_PER_HOUR: budget(20_000),
  /** The same, a day. */
  USER_WRITES_PER_DAY: budget(100_000),
  /** Bytes of events that one user may cause an hour in the rooms' logs. D1 and the search index take about three times as much. Default 16 MiB. */
  USER_BYTES_PER_HOUR: budget(16 * 1024 * 1024),
  /** The same, a day. Default 64 MiB. */
  USER_BYTES_PER_DAY: budget(64 * 1024 * 1024),
  /** Channels that one user may create an hour. */
  USER_CHANNELS_PER_HOUR: budget(60),
  /** Direct and group messages that one user may open for the first time, an hour. */
  USER_DMS_PER_HOUR: budget(100),
  /** Users that one user may add to channels an hour. */
  USER_ADDITIONS_PER_HOUR: budget(1_000),
  /** Messages in which one user may mention `@channel` or `@here` in one channel an hour. Half of them may be sent at once. */
  GROUP_MENTIONS_PER_HOUR: budget(20),
  /** Channels to which others may add one user an hour. A single other user may use half of it. */
  USER_ADDED_PER_HOUR: budget(200),
  /** Channels, including direct and group messages, of which one user may be a member. */
  USER_CHANNELS_MAX: count(1_000),
  /** Personal access tokens that one user may have, and tokens of one bot. */
  USER_TOKENS: count(50),
  /** Bots that the workspace may have, deactivated ones excluded. */
  WORKSPACE_BOTS: count(100),
  /** Who may create event subscriptions besides bots: `admins` or `members` (guests never). */
  EVENT_SUBSCRIPTIONS_BY: z.enum(["admins", "members"]).default("admins"),
  /** Event subscriptions that one user or bot may have. */
  USER_EVENT_SUBSCRIPTIONS: count(10),
  /** Event subscriptions that the workspace may have. */
  WORKSPACE_EVENT_SUBSCRIPTIONS: count(100),
  /** How long the delivery of an event is repeated before the subscription is disabled. Default 24 h. */
  WEBHOOK_RETRY_MS: milliseconds(24 * 3_600_000),
  /** How long requests are signed with the former secret as well, after it was replaced. Default 24 h. */
  WEBHOOK_SECRET_OVERLAP_MS: milliseconds(24 * 3_600_000),
  /** Who may create custom emoji: `members` or `admins` (guests never). docs/emoji.md */
  EMOJI_BY: z.enum(["members", "admins"]).default("members"),
  /** Custom emoji that the workspace may have, aliases included. */
  WORKSPACE_EMOJI: count(1_000),
  /** Who may create and change user groups: `admins` or `members` (guests never). docs/groups.md */
  GROUPS_BY: z.enum(["admins", "members"]).default("admins"),
  /** User groups that the workspace may have. */
  WORKSPACE_GROUPS: count(500),
  /** Changes of user groups by one user an hour. */
  USER_GROUP_CHANGES_PER_HOUR: budget(300),
  /** Users that one user or bot may look up by e-mail address an hour. */
  USER_EMAIL_LOOKUPS_PER_HOUR: budget(600),
  /** Previews of links: `images`: with images through this server; `text`: without images; `off`: none. docs/previews.md */
  LINK_PREVIEWS: z.enum(["images", "text", "off"]).default("images"),
  /**
   * Web Push: `on` or `off`. Empty: `on` if there is a contact for push services (`VAPID_SUBJECT`, or a `PUBLIC_URL` with https), and on a local
   * server. docs/push.md
   */
  WEB_PUSH: optionalVar(z.enum(["on", "off"])),
  /** The contact for push services (RFC 8292, `sub`): `mailto:` and an address, or an https URL. Default: `PUBLIC_URL`. */
  VAPID_SUBJECT: optionalVar(
    z
      .string()
      .max(320)
      .regex(/^(?:mailto:[^\s@]{1,64}@[^\s@]{1,250}|https:\/\/[^\s]+)$/, "Must be a mailto or https URL"),
  ),
  /** The hosts of push services that browsers may subscribe at, separated by commas; their subdomains are included. Empty: all public hosts. */
  PUSH_HOSTS: hostList(),
  /** Requests to push services that may be sent an hour for one user. docs/limits.md */
  USER_PUSHES_PER_HOUR: budget(1_200),
  /** How long a push waits while its user is active on a connected device. Default 10 s. */
  PUSH_GRACE_MS: milliseconds(10_000),
  /** Pages that this server may fetch an hour for previews that one user requests. */
  USER_PREVIEWS_PER_HOUR: budget(300),
  /** Where permalinks lead browsers: a URL of the web client with `{channelId}` and `{seq}`. Empty: a page without content. docs/permalinks.md */
  PERMALINK_URL: optionalVar(
    z
      .string()
      .max(1_000)
      .regex(
        /^https?:\/\/[^\s{}]*\{channelId\}[^\s{}]*\{seq\}[^\s{}]*$/,
        "Must be a URL with {channelId} and {seq}",
      ),
  ),
  /** Server keys that the workspace may have. */
  WORKSPACE_SERVER_KEYS: count(20),
  /** Who may manage incoming webhooks: `moderators` of the channel, or only `admins` of the workspace. docs/incoming-webhooks.md */
  INCOMING_WEBHOOKS_BY: z.enum(["moderators", "admins"]).default("moderators"),
  /** Incoming webhooks of one channel. */
  CHANNEL_INCOMING_WEBHOOKS: count(20),
  /** Incoming webhooks of the workspace. */
  WORKSPACE_INCOMING_WEBHOOKS: count(500),
  /** Messages that one incoming webhook may post at once. */
  INCOMING_WEBHOOK_BURST: count(10),
  /** After how long it may post one more. Default 1 s. */
  INCOMING_WEBHOOK_REFILL_MS: milliseconds(1_000),
  /** Changes of the own profile an hour. */
  USER_PROFILE_CHANGES_PER_HOUR: budget(60),
  /** Changes of the own status an hour. */
  USER_STATUS_CHANGES_PER_HOUR: budget(600),
  /** Ephemeral messages that one bot may send an hour. Half of them may be sent at once. */
  USER_EPHEMERAL_PER_HOUR: budget(2_000),
  /** Invocations of bots' slash commands by one user an hour. Half of them may be at once. */
  USER_COMMANDS_PER_HOUR: budget(600),
  /** Slash commands that the workspace may have. */
  WORKSPACE_COMMANDS: count(200),
  /** The same, of one bot. */
  BOT_COMMANDS: count(50),
  /**
   * How often at once one user may change the same thing back and forth: a reaction of one kind on one message, a pin, a membership, the
   * channel itself.
   */
  TOGGLE_BURST: count(10),
  /** After how long one more such change is permitted. Default 6 s. */
  TOGGLE_REFILL_MS: milliseconds(6_000),
  /**
   * Bytes of earlier versions of one message that D1 keeps. Beyond it the oldest are deleted, and the history says how many. Default 256 KiB.
   */
  MESSAGE_VERSION_BYTES: count(256 * 1024),
  /** The time of one search in the search database. Default 150 ms, about half of the longest acceptable response time. */
  SEARCH_BUDGET_MS: milliseconds(150),
  /**
   * Requests of one user a minute, by class; of one address where there is no user. An isolate counts exactly, and the platform's limits of the
   * same names (`ratelimits` in wrangler.toml) all isolates of a data center; both must have the same value. docs/limits.md
   */
  RATE_READ_PER_MINUTE: count(1_200),
  /** The same, for changes. */
  RATE_WRITE_PER_MINUTE: count(600),
  /** The same, for searches. */
  RATE_SEARCH_PER_MINUTE: count(120),
  /** The same, for bytes of files: whole files and parts. */
  RATE_UPLOAD_PER_MINUTE: count(300),
  /** The same, for login, registration, tokens, sessions and passwords. Users behind one address share it, and refresh their tokens. */
  RATE_AUTH_PER_MINUTE: count(600),
  /** The same, for administration. */
  RATE_ADMIN_PER_MINUTE: count(300),
  /** After how many days entries of the audit log are deleted. Default one year. */
  AUDIT_RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).default(365),
  /** After how many days messages are deleted in every channel without its own period; empty: never. docs/data.md */
  RETENTION_DAYS: optionalVar(z.coerce.number().int().min(1).max(36_500)),
  /** The least time between two deletions of old messages in a room, which then deletes them together. Default 6 h. */
  RETENTION_INTERVAL_MS: milliseconds(6 * 3_600_000),
  /** How long the archive of an export can be downloaded. Default 7 days. */
  EXPORT_KEPT_MS: milliseconds(7 * 24 * 3_600_000),
  /** The least time between two exports of one user. Default one day. */
  EXPORT_INTERVAL_MS: milliseconds(24 * 3_600_000),
  /** Channels whose events one connection of a program for Slack receives. docs/slack.md */
  SLACK_SOCKET_CHANNELS: count(100),
  /** How long a program for Slack may take to acknowledge an event before the event is sent again, three times at most. Default 3 s. */
  SLACK_ACKNOWLEDGE_MS: milliseconds(3_000),
  /**
   * `on`: a local server may send requests to loopback addresses and without TLS, for the development of receivers. Only with `ENVIRONMENT` `local`.
   */
  OUTBOUND_ALLOW_LOOPBACK: z.enum(["on", "off"]).default("off"),
  /** The ports to which requests to addresses that users chose may go, separated by commas. */
  OUTBOUND_PORTS: commaList("443,8443").pipe(
    z
      .array(
        z
          .string()
          .regex(/^[1-9]\d{0,4}$/, "Must be ports")
          .transform(Number),
      )
      .min(1),
  ),
  /**
   * Hosts to which such requests never go, separated by commas; their subdomains are included. The host of `PUBLIC_URL` always is. List the zone of
   * the deployment and other services of the operator here.
   */
  OUTBOUND_DENIED_HOSTS: hostList(),
  /**
   * A DNS resolver with a JSON interface, such as `https://cloudflare-dns.com/dns-query`, which is asked whether the name of a chosen address leads to
   * public addresses only; empty: not asked. docs/event-subscriptions.md, "Addresses".
   */
  OUTBOUND_DNS_URL: optionalVar(z.url({ protocol: /^https?$/ })),
  /** Commands that one room queues. Beyond it, commands are rejected with `unavailable`. */
  ROOM_QUEUE_MAX: count(10_000),
});

/** The variables, and the rules between them. */
const Config = Variables.superRefine((config, context) => {
  const require = (path: string, isMet: unknown, message: string) => {
    if (!isMet) context.addIssue({ code: "custom", path: [path], message });
  };
  const isLocal = config.ENVIRONMENT === "local";
  const { MAIL_DRIVER: driver, OIDC_PROVIDERS: providers } = config;
  require("MAIL_DRIVER", driver !== "local" || isLocal, "local is permitted only on a local server");
  require("MAIL_FROM", driver !== "cloudflare" || config.MAIL_FROM, "Required by MAIL_DRIVER cloudflare");
  require("MAIL_WEBHOOK_URL", driver !== "webhook" ||
    config.MAIL_WEBHOOK_URL, "Required by MAIL_DRIVER webhook");
  require("MAIL_WEBHOOK_URL", isLocal ||
    !config.MAIL_WEBHOOK_URL ||
    config.MAIL_WEBHOOK_URL.startsWith("https:"), "Must be an https URL, because mails contain secret links");
  require("MAIL_WEBHOOK_SECRET", driver !== "webhook" ||
    config.MAIL_WEBHOOK_SECRET, "Required by MAIL_DRIVER webhook");
  require("PUBLIC_URL", isLocal || !driver || config.PUBLIC_URL, "Required with a MAIL_DRIVER");
  require("PUBLIC_URL", isLocal ||
    providers.length === 0 ||
    config.PUBLIC_URL, "Required for single sign-on");
  require("OIDC_PROVIDERS", isLocal ||
    providers.every(({ issuer }) => issuer.startsWith("https://")), "Must have issuers with https");
  require("VAPID_SUBJECT", isLocal ||
    config.WEB_PUSH !== "on" ||
    pushContactOf(config), "Required by WEB_PUSH on, unless PUBLIC_URL is an https origin");
  require("OUTBOUND_ALLOW_LOOPBACK", isLocal ||
    config.OUTBOUND_ALLOW_LOOPBACK === "off", "Permitted only on a local server");
  require("OUTBOUND_DNS_URL", isLocal ||
    config.OUTBOUND_DNS_URL?.startsWith("https:") !== false, "Must be an https URL");
  require("REGISTRATION_DOMAINS", config.REGISTRATION !== "domain" ||
    config.REGISTRATION_DOMAINS.length > 0, "Required by REGISTRATION domain");
});
export type Config = z.output<typeof Config>;

/** Returns the contact that push services get with each push; undefined without one. */
export const pushContactOf = ({
  VAPID_SUBJECT,
  PUBLIC_URL,
}: Pick<z.output<typeof Variables>, "VAPID_SUBJECT" | "PUBLIC_URL">): string | undefined =>
  VAPID_SUBJECT ?? (PUBLIC_URL?.startsWith("https:") ? PUBLIC_URL : undefined);

const parsed = new WeakMap<object, Config>();

/**
 * Returns the parsed variables of this Worker.
 *
 * @throws Error that names each invalid variable, never its value
 */
export function configOf(env: Env): Config {
  const cached = parsed.get(env);
  if (cached) return cached;
  const result = Config.safeParse(env);
  if (!result.success) {
    const problems = result.error.issues
      .map(({ path, message }) => `${path.join(".")}: ${message}`)
      .join("; ");
    throw new Error(
      `Invalid configuration: ${problems}. Set the variables in wrangler.toml, .dev.vars or with \`wrangler secret put\`; see docs/deploy.md.`,
    );
  }
  parsed.set(env, result.data);
  return result.data;
}
