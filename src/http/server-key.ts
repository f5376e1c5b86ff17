import { eq } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { configOf } from "../config.ts";
import { accountDatabase, serverKeys, users } from "../db/index.ts";
import { isWorkspaceAdmin } from "../domain/permissions.ts";
import { serverKeyHash, serverKeyIdOf } from "../domain/server-key-text.ts";
import { reject } from "../errors/app-error.ts";
import { LruMap } from "../lib/lru-map.ts";
import { isSameText } from "../lib/macs.ts";
import { ShortCache } from "../lib/short-cache.ts";
import { actAsHeader, UserId } from "../protocol/index.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import { callObject, hubOf } from "../rpc/stubs.ts";
import type { AccessClaims } from "./access-tokens.ts";
import type { AppEnv } from "./context.ts";
import { limitAddress, limitUser } from "./rate-limits.ts";
import { requestedEndpoint } from "./requested-endpoint.ts";

/** How long an isolate uses what it read from D1. A revoked key and a deactivated user are rejected after this time at the latest. */
const ttlMs = 2_000;
const max = 1_000;

type Row = typeof users.$inferSelect;

/** The keys that one isolate has verified, and the users that requests with them named. */
class KeyCache {
  /** The hash of a key's secret; null if the key does not exist or was revoked. */
  readonly hashes = new ShortCache<string | null>({ ttlMs, max });
  readonly users = new ShortCache<Row | undefined>({ ttlMs, max });
  /** The session by which a key acts for a user, by key, user and revision of the account. */
  readonly sessions = new LruMap<string, { sessionId: string; expiresAt: number }>(max);
}

const caches = new WeakMap<object, KeyCache>();

function cacheOf(env: Env): KeyCache {
  const config = configOf(env);
  let cache = caches.get(config);
  if (!cache) caches.set(config, (cache = new KeyCache()));
  return cache;
}

/**
 * Verifies the secret of a server key and returns the id of the key.
 *
 * @throws `unauthenticated` for another secret, or if the key was revoked
 */
export async function verifyServerKey(env: Env, secret: string): Promise<string> {
  const keyId = serverKeyIdOf(configOf(env).REFRESH_TOKEN_KEY, secret) ?? rejectKey();
  const hash = await cacheOf(env).hashes.get(keyId, async () => {
    const row = await accountDatabase(env)
      .select({ hash: serverKeys.hash })
      .from(serverKeys)
      .where(eq(serverKeys.id, keyId))
      .get();
    return row?.hash ?? null;
  });
  return hash !== null && isSameText(serverKeyHash(secret), hash) ? keyId : rejectKey();
}

const rejectKey = (): never => reject("unauthenticated", "The server key is invalid or revoked");

/**
 * Makes a middleware that authenticates a request by a server key, sets `c.var.serverKeyId`, and counts the request towards the limit of the key
 * (without a valid key, of the address).
 *
 * @param bearerOf returns the credential of a request
 * @throws `unauthenticated` or `rate_limited`, in the middleware
 */
export const authenticateServer = (bearerOf: (request: Request) => string | undefined) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const keyId = await verifyServerKey(c.env, bearerOf(c.req.raw) ?? "").catch((error: unknown) => {
      limitAddress(c);
      throw error;
    });
    c.set("serverKeyId", keyId);
    limitUser(c, keyId);
    c.header("Cache-Control", "no-store");
    await next();
  });

/** Returns whether a server key may act for this user: a user of an application, who administers nothing. */
export const isActable = (row: Row | undefined): row is Row =>
  row !== undefined && row.externalId !== null && !row.isBot && !isWorkspaceAdmin(row.role);

/** What a key may do for a user: everything in channels that the user may do. */
const grant = { scopes: ["read" as const, "write" as const], channelIds: null };

/**
 * Returns the claims of a request with a server key that acts for the user in `X-Parley-As`.
 *
 * @throws `unauthenticated` for a wrong key; `forbidden` without the header, for an endpoint that concerns no channel, and for any user that
 *   the key may not act for, whether or not the user exists
 */
export async function actingClaims(c: Context<AppEnv>, secret: string): Promise<AccessClaims> {
  const keyId = await verifyServerKey(c.env, secret);
  c.set("serverKeyId", keyId);
  const path = requestedEndpoint(c)?.path ?? "";
  if (!path.startsWith("/v1/channels") && path !== "/v1/dms")
    reject("forbidden", "A server key acts for users in channels only; create a token of the user for this");
  const userId = UserId.safeParse(c.req.header(actAsHeader)).data;
  if (userId === undefined)
    reject("forbidden", `Name the user that the request acts for in the header \`${actAsHeader}: usr_…\``);
  const cache = cacheOf(c.env);
  const row = await cache.users.get(userId, async () =>
    accountDatabase(c.env).select().from(users).where(eq(users.id, userId)).get(),
  );
  if (!isActable(row) || !row.active)
    return reject("forbidden", "A server key acts only for active users that a server key has created");
  const cacheKey = `${keyId} ${userId} ${row.rev}`;
  let session = cache.sessions.get(cacheKey);
  if (!session || session.expiresAt - Date.now() < 3_600_000) {
    const { username, role, active, rev, credentialVersion } = row;
    const account = { userId, username, role, active, rev, credentialVersion };
    session = unwrap(await callObject(() => hubOf(c.env, userId).sessionOfKey(keyId, grant, account)));
    cache.sessions.set(cacheKey, session);
  }
  return { userId, ...session, generation: 0, grant };
}
