import { z } from "zod";

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** A var that may be absent or empty: wrangler.toml shows it empty, so that it can be found. */
const optionalVar = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal("").transform(() => undefined), schema]).optional();

/** A budget for a window of time: half of it may be used at once, the other half comes back evenly over the window. */
const budget = (fallback: number) => z.coerce.number().int().min(2).default(fallback);

/** Every var, what it means and what it may be. A wrong one fails at start, with its name. */
const Config = z.object({
  /** `local`: the first to register owns the workspace. Elsewhere that takes the `SETUP_TOKEN`. */
  ENVIRONMENT: z.enum(["local", "production"]).default("production"),
  /** Origins of browsers that may call and connect, separated by commas. */
  ALLOWED_ORIGINS: z
    .string()
    .default("")
    .transform((list) =>
      list
        .split(",")
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .pipe(
      z.array(
        z
          .url({ protocol: /^https?$/ })
          .refine((url) => new URL(url).origin === url, "Wants an origin, without a path"),
      ),
    ),
  /**
   * Where Cloudflare stores and runs the objects: `eu`, `us` or `fedramp`; empty: anywhere. Fixed by the first request of a
   * deployment, since the same name in another jurisdiction is another, empty object. docs/deploy.md, "Data location".
   */
  JURISDICTION: optionalVar(z.enum(["eu", "us", "fedramp"])),
  /**
   * The region in which new objects are placed when there is no jurisdiction; empty: near the first caller. A hint that
   * Cloudflare need not follow; objects that exist stay where they are.
   */
  LOCATION_HINT: optionalVar(z.enum(["wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me"])),
  JWT_ISSUER: z.string().min(1).default("parley"),
  JWT_AUDIENCE: z.string().min(1).default("parley"),
  /** The private key that signs access tokens: an Ed25519 JWK with a `kid`. */
  JWT_SIGNING_KEY: z.string().min(1),
  /** Public JWKs, a JSON array, that still verify while their tokens live on after a rotation. */
  JWT_RETIRED_KEYS: z.string().default("[]"),
  /** Base64url, 32 bytes or more: refresh tokens are derived with it. */
  REFRESH_TOKEN_KEY: z.string().min(43),
  SETUP_TOKEN: z.string().min(16).optional(),
  /** Set by `npm run dev`, which asks with it that sockets are closed and requests finished before the server stops. */
  DRAIN_TOKEN: z.string().min(16).optional(),
  ACCESS_TOKEN_SECONDS: z.coerce.number().int().min(30).max(3_600).default(900),
  /** A session unused for this long ends. */
  SESSION_IDLE_MS: milliseconds(30 * 24 * 3_600_000),
  /** A session ends at this age, used or not. */
  SESSION_MAX_MS: milliseconds(180 * 24 * 3_600_000),
  /** Failed password checks of one account, or of one name without an account, within `LOGIN_WINDOW_MS`, from any addresses. */
  LOGIN_ATTEMPTS: count(10),
  /** Failed password checks from one address (IPv6: one /64) within `LOGIN_WINDOW_MS`. Names that logged in from there before are exempt. */
  LOGIN_ADDRESS_ATTEMPTS: count(100),
  LOGIN_WINDOW_MS: milliseconds(15 * 60_000),
  /** Registrations from one address (IPv6: one /64) within `REGISTER_WINDOW_MS`. */
  REGISTER_ADDRESS_ATTEMPTS: count(300),
  REGISTER_WINDOW_MS: milliseconds(3_600_000),
  /** Objects that hash passwords; each hashes one at a time. */
  PASSWORD_HASHERS: z.coerce.number().int().min(1).max(64).default(4),
  /** Hashes that may be queued in one hasher, and those of one address among them; more are answered `unavailable`. */
  PASSWORD_QUEUE_MAX: count(128),
  PASSWORD_LANE_MAX: count(32),
  /** Share of its thread's time that a hasher uses at most, in percent; and while more than 8 hashes are queued. 100: it never waits. */
  PASSWORD_CPU_PERCENT: z.coerce.number().int().min(1).max(100).default(100),
  PASSWORD_BUSY_CPU_PERCENT: z.coerce.number().int().min(1).max(100).default(100),
  /** How long a rejected password request (429, 503) waits for its answer, so that a client that repeats it at once costs little. */
  PASSWORD_REJECTION_DELAY_MS: z.coerce.number().int().min(0).max(10_000).default(1_000),
  /** How often `hello` asks clients to send something, so that both ends notice a dead connection. */
  HEARTBEAT_MS: milliseconds(30_000),
  /** A socket from which nothing came for so long is dead. */
  SOCKET_SILENCE_MS: milliseconds(75_000),
  /** Frames that one socket may send a second, on average, `seen` aside; and at once. More are refused. */
  SOCKET_COMMANDS_PER_SECOND: count(20),
  SOCKET_COMMANDS_BURST: count(60),
  /** Refused so many within a minute, a socket is closed with 4429. */
  SOCKET_REFUSALS_PER_MINUTE: count(200),
  /** After so many frames within a minute that could not be read, a socket is closed with 4400. */
  SOCKET_FAULTS_PER_MINUTE: count(20),
  /** What readers that are 1 MiB or more behind may have unread in one room together; past it the slowest are closed. */
  ROOM_SLOW_BYTES: count(64 * 1024 * 1024),
  /** Channels that one gateway socket may be subscribed to, and how many of them open at a time. */
  GATEWAY_CHANNELS: count(50),
  GATEWAY_OPENING: count(6),
  /** Subrequests after which a gateway asks its client to come back (1012): below what the platform allows an invocation. */
  GATEWAY_SUBREQUESTS: count(9_000),
  /** Frames after which it does, before its CPU time (`cpu_ms` in wrangler.toml) is used up. A long frame counts once per 4 KiB. */
  GATEWAY_FRAMES: count(200_000),
  /** What clients that are 1 MiB or more behind may have unread in one isolate of gateways; whoever goes past it is closed. */
  GATEWAY_SLOW_BYTES: count(32 * 1024 * 1024),
  /**
   * `supervised`: the Worker ends the TCP connection of a client's socket to one room when the close handshake is over, or 5 s after a
   * close frame that the client does not echo. `direct`: it leaves that to the platform. docs/sockets.md
   */
  ROOM_SOCKETS: z.enum(["supervised", "direct"]).default("supervised"),
  /** Sockets of their own that one user may have open in one room. */
  ROOM_USER_SOCKETS: count(50),
  /** Gateway sockets that one user may have open. */
  USER_SOCKETS: count(50),
  /** Sockets that one user may have open in all, over both doors; one more is rejected with `rate_limited` before the upgrade. */
  USER_CONNECTIONS: count(100),
  /** Channels that the gateway sockets of one user may be subscribed to together; one more is rejected with `rate_limited`. */
  USER_SUBSCRIPTIONS: count(1_000),
  /** How long a write over REST waits for its own projection, so that its writer reads it. */
  READ_YOUR_WRITES_MS: milliseconds(2_000),
  /** The largest file. */
  FILE_MAX_BYTES: count(100 * 1024 * 1024),
  /** The largest that is taken as the body of one request: below what the platform lets through. Larger ones come in parts. */
  FILE_BODY_MAX_BYTES: count(90 * 1024 * 1024),
  /** Of every part but the last; R2 takes no smaller ones than 5 MiB. */
  FILE_PART_BYTES: z.coerce
    .number()
    .int()
    .min(5 * 1024 * 1024)
    .default(10 * 1024 * 1024),
  /** What one user's files may take, and those of the workspace; each file counts as 4 KiB or more. */
  FILE_USER_QUOTA_BYTES: count(5 * 1024 ** 3),
  FILE_WORKSPACE_QUOTA_BYTES: count(500 * 1024 ** 3),
  /** Media types that are accepted, separated by commas; `image/*` stands for all of a kind. Programs are rejected whatever it says. */
  FILE_TYPES: z
    .string()
    .default("*/*")
    .transform((list) =>
      list
        .split(",")
        .map((type) => type.trim().toLowerCase())
        .filter(Boolean),
    )
    .pipe(z.array(z.string().regex(/^(?:\*\/\*|[\w.+-]+\/(?:\*|[\w.+-]+\*?))$/, "Wants media types"))),
  /** A picture that is larger could exhaust whoever shows it. */
  FILE_MAX_PIXELS: count(100_000_000),
  /** An upload in parts to which no new part came for so long is removed. */
  FILE_UPLOAD_MS: milliseconds(6 * 3_600_000),
  /** Uploads in parts that one user may have open. */
  FILE_OPEN_UPLOADS: count(20),
  /** Bodies of files (whole ones, forms, parts) that one user may send to one isolate at a time. Each takes some 0.5 MB of its memory. */
  FILE_UPLOADS_AT_ONCE: count(16),
  /** How long the server waits for the next byte of a body. */
  BODY_SILENCE_MS: milliseconds(20_000),
  /**
   * What one user may write in all channels together, by either door: commands, and bytes of their events in the rooms' logs (D1 and the
   * search index take some three times as much). docs/limits.md
   */
  USER_WRITES_PER_HOUR: budget(20_000),
  USER_WRITES_PER_DAY: budget(100_000),
  USER_BYTES_PER_HOUR: budget(16 * 1024 * 1024),
  USER_BYTES_PER_DAY: budget(64 * 1024 * 1024),
  /** Channels that one user may create an hour, and direct or group messages that they may open for the first time. */
  USER_CHANNELS_PER_HOUR: budget(60),
  USER_DMS_PER_HOUR: budget(100),
  /** People that one user may add to channels an hour. */
  USER_ADDITIONS_PER_HOUR: budget(1_000),
  /** Channels that others may add one user to an hour; any one of them to half as many. */
  USER_ADDED_PER_HOUR: budget(200),
  /** Channels, direct and group messages included, that one user may be a member of. */
  USER_CHANNELS_MAX: count(1_000),
  /** Changes of one's own profile, and of one's own status, an hour. */
  USER_PROFILE_CHANGES_PER_HOUR: budget(60),
  USER_STATUS_CHANGES_PER_HOUR: budget(600),
  /**
   * How often one user may change the same thing back and forth (a reaction of one kind on one message, a pin, a membership, the channel
   * itself): at once, and one more after so many milliseconds.
   */
  TOGGLE_BURST: count(10),
  TOGGLE_REFILL_MS: milliseconds(6_000),
  /** Earlier versions of one message that D1 keeps, in bytes; past it the oldest go, and the history says how many. */
  MESSAGE_VERSION_BYTES: count(256 * 1024),
  /** What one search may take in the search database, in milliseconds: about half of the longest time that anybody waits for one. */
  SEARCH_BUDGET_MS: milliseconds(150),
  /** Commands that may wait in one room before it answers `unavailable`. */
  ROOM_QUEUE_MAX: count(10_000),
});
export type Config = z.output<typeof Config>;

const parsed = new WeakMap<object, Config>();

/** The parsed vars of this Worker. Throws an error that names each wrong one, never its value. */
export function configOf(env: Env): Config {
  const known = parsed.get(env);
  if (known) return known;
  const result = Config.safeParse(env);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    throw new Error(
      `Wrong configuration: ${faults}. Set it in wrangler.toml, .dev.vars or with \`wrangler secret put\`; see docs/deploy.md.`,
    );
  }
  parsed.set(env, result.data);
  return result.data;
}
