import { z } from "zod";

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** A var that may be absent or empty: wrangler.toml shows it empty, so that it can be found. */
const optionalVar = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal("").transform(() => undefined), schema]).optional();

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
  /** Frames after which it does: before its CPU time is used up. */
  GATEWAY_FRAMES: count(500_000),
  /** What clients that are 1 MiB or more behind may have unread in one isolate of gateways; whoever goes past it is closed. */
  GATEWAY_SLOW_BYTES: count(32 * 1024 * 1024),
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
  /** What one user's files may take, and those of the workspace. */
  FILE_USER_QUOTA_BYTES: count(5 * 1024 ** 3),
  FILE_WORKSPACE_QUOTA_BYTES: count(500 * 1024 ** 3),
  /** Media types that are taken, separated by commas; `image/*` stands for all of a kind. Programs are in none of them. */
  FILE_TYPES: z
    .string()
    .default(
      "image/*,audio/*,video/*,text/*,font/*,application/pdf,application/json,application/zip,application/gzip,application/zstd,application/x-7z-compressed,application/x-tar,application/x-bzip2,application/x-xz,application/x-rar-compressed,application/ogg,application/rtf,application/epub+zip,application/vnd.openxmlformats-officedocument.*,application/vnd.oasis.opendocument.*,application/vnd.apple.keynote,application/vnd.apple.numbers,application/vnd.apple.pages,application/octet-stream",
    )
    .transform((list) =>
      list
        .split(",")
        .map((type) => type.trim().toLowerCase())
        .filter(Boolean),
    )
    .pipe(z.array(z.string().regex(/^[\w.+-]+\/(?:\*|[\w.+-]+\*?)$/, "Wants media types"))),
  /** A picture that is larger could exhaust whoever shows it. */
  FILE_MAX_PIXELS: count(100_000_000),
  /** An upload from which nothing came for so long is thrown away. */
  FILE_UPLOAD_MS: milliseconds(24 * 3_600_000),
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
