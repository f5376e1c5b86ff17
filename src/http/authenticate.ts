import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import type { Actor, CheckedActor, PlannedSockets } from "../domain/actor.ts";
import { newSocketId } from "../domain/socket-id.ts";
import { isServerKeyText } from "../domain/server-key-text.ts";
import { includesChannel, requireScope, type TokenGrant } from "../domain/token-grant.ts";
import { isTokenText } from "../domain/token-text.ts";
import { AppError, notFound, reject } from "../errors/app-error.ts";
import { callObject, hubOf } from "../rpc/stubs.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import { userOfTicket } from "../domain/ticket-text.ts";
import { attachmentOf, type HubUpgrade } from "../sockets/upgrade.ts";
import { ChannelId, UserId } from "../protocol/index.ts";
import { type AccessClaims, accessTokens } from "./access-tokens.ts";
import type { AppEnv } from "./context.ts";
import { actingClaims } from "./server-key.ts";
import { tokenClaims } from "./token-claims.ts";
import { requestedEndpoint } from "./requested-endpoint.ts";
import { accessCookie } from "./session-cookies.ts";
import { rejectionOf } from "./token-permissions.ts";
import { limitAddress, limitUser } from "./rate-limits.ts";
import { offeredSubprotocols } from "./upgrade.ts";

/**
 * Verifies a bearer token: an access token of a session, or a token (`domain/token-text.ts`). Whether its session is still live is checked
 * afterwards: by `requireLiveSession`.
 *
 * @throws `unauthenticated` when it is not valid
 */
const verifyBearerToken = async (config: Config, token: string): Promise<AccessClaims> =>
  isTokenText(token) ? tokenClaims(config, token) : accessTokens(config).verify(token);

/**
 * Verifies the credential of a REST request, sets `c.var.claims`, counts the request towards the limit of its user (without a valid credential, of
 * its address), and checks that a token permits the operation. A server key acts for the user in `X-Parley-As`.
 *
 * @throws `unauthenticated` when the credential is not valid, or was revoked and does not permit the operation; otherwise `forbidden` for a
 *   missing scope, and `forbidden` or `not_found` for what is not in the token's channels; `rate_limited`, before any object is called
 */
export async function verifyRequest(c: Context<AppEnv>): Promise<AccessClaims> {
  const claims = await verifyCredential(c).catch((error: unknown) => {
    limitAddress(c);
    throw error;
  });
  c.set("claims", claims);
  limitUser(c, claims.userId);
  if (!claims.grant) return claims;
  const rejection = rejectionOf(claims.grant, requestedEndpoint(c), c.req.param("channelId"));
  if (!rejection) return claims;
  await requireLiveSession(c.env, claims);
  throw rejection;
}

/**
 * Verifies a token that a compatible API received in its own way, and counts the request as `verifyRequest` does. Scopes are checked by the
 * endpoints that the request calls.
 *
 * @throws `unauthenticated` when the token is not valid; `rate_limited`
 */
export async function identifyCaller(c: Context<AppEnv>, token: string | undefined): Promise<AccessClaims> {
  try {
    const claims = await verifyBearerToken(c.var.config, token ?? reject("unauthenticated", "Send a token"));
    limitUser(c, claims.userId);
    return claims;
  } catch (error) {
    if (error instanceof AppError && error.code === "unauthenticated") limitAddress(c);
    throw error;
  }
}

/** Verifies the bearer token, or without an `Authorization` header, for bytes that a page embeds, the access token in the cookie. */
async function verifyCredential(c: Context<AppEnv>): Promise<AccessClaims> {
  if (!c.req.raw.headers.has("Authorization") && requestedEndpoint(c)?.embeddable) {
    const cookie = accessCookie(c);
    if (cookie !== undefined) return accessTokens(c.var.config).verify(cookie);
  }
  const token = requireBearer(c.req.raw);
  return isServerKeyText(token) ? actingClaims(c, token) : verifyBearerToken(c.var.config, token);
}

function requireBearer(request: Request): string {
  return (
    bearerToken(request) ??
    reject("unauthenticated", "Send an access token in the header `Authorization: Bearer <token>`")
  );
}

/** In characters. An access token has about 500, a token that is restricted to 50 channels about 2,300. */
const maxTokenLength = 4_096;

/** Returns the token of the `Authorization` header (RFC 6750); undefined when there is none, or it is too long to be ours. */
export function bearerToken(request: Request): string | undefined {
  const header = request.headers.get("Authorization") ?? "";
  return header.length > maxTokenLength ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1];
}

type SessionOfRequest = Pick<AccessClaims, "userId" | "sessionId"> &
  Partial<Pick<AccessClaims, "generation" | "tokenHash">>;

/**
 * Asks the user's hub whether a session is live, so that an ended session is rejected at once, not only when its token expires.
 *
 * @param channelId a channel about which the same call asks whether the user was admitted to it
 * @param planned sockets that the same call registers
 * @param options `restricted`: also accepts a session that has not passed the second factor that the workspace requires
 * @throws `unauthenticated` when the session is not live; `second_factor_required`
 */
export async function requireLiveSession(
  env: Env,
  { userId, sessionId, generation, tokenHash }: SessionOfRequest,
  channelId?: string,
  planned?: PlannedSockets,
  { restricted = false }: { restricted?: boolean } = {},
): Promise<CheckedActor> {
  const options =
    planned || tokenHash || restricted ? { sockets: planned, tokenHash, restricted } : undefined;
  return unwrap(
    await callObject(() => hubOf(env, userId).checkSession(sessionId, channelId, generation, options)),
  );
}

/**
 * Makes a middleware that authenticates a request by its bearer token and sets `c.var.claims` and `c.var.actor`. Responses are marked
 * `no-store`, because they depend on the user.
 *
 * @param options `deferred`: verifies the token only. The handler checks the session by `liveSession` or `readWhileChecking`, beside
 *   other calls, and `c.var.actor` is set by then. If the handler fails before, the session is checked afterwards, so that the request of an ended
 *   session is always `unauthenticated`, whatever else is wrong with it. `restricted`: also accepts a session that has not passed the
 *   second factor that the workspace requires.
 * @throws in the middleware: `unauthenticated`, `second_factor_required`, and what `verifyRequest` throws
 */
export const authenticate = ({
  deferred = false,
  restricted = false,
}: { deferred?: boolean; restricted?: boolean } = {}) =>
  createMiddleware<AppEnv>(async (c, next) => {
    if (restricted) c.set("acceptsRestricted", true);
    await verifyRequest(c);
    if (!deferred) await liveSession(c);
    c.header("Cache-Control", "no-store");
    await next();
    if (!c.var.sessionCheck && !c.var.heldByRoom) await liveSession(c);
  });

/**
 * Returns the actor of the request, once their hub has confirmed that the session is live. The hub is called once a request; the call asks
 * about the channel in the path as well.
 *
 * @throws `unauthenticated` when the session is not live
 */
export const liveSession = (c: Context<AppEnv>): Promise<Actor> => {
  const started = c.var.sessionCheck;
  if (started) return started;
  const options = c.var.acceptsRestricted ? { restricted: true } : {};
  const check = requireLiveSession(c.env, c.var.claims, channelInPath(c), undefined, options).then(
    (checked) => setActor(c, checked),
  );
  c.set("sessionCheck", check);
  return check;
};

/** The verified credential of a WebSocket upgrade, and the user it belongs to. */
export interface SocketProof {
  userId: string;
  proof: HubUpgrade["proof"];
  /** What the token permits. That of a ticket is in the hub's answer. */
  grant?: TokenGrant;
}

/** `ticket.<user>.<random and MAC>` */
const ticketProtocol = /^ticket\.(.+)$/;

/**
 * Verifies the credential of a WebSocket upgrade: the bearer token, or else the ticket that is offered as a subprotocol. Only the signature
 * or MAC is checked here, so that a made-up credential does not start a hub; whether the session or ticket is still valid the hub decides.
 *
 * @throws `unauthenticated` when there is no credential, or it was not issued by this Worker
 */
export async function verifySocketProof(config: Config, request: Request): Promise<SocketProof> {
  for (const name of request.headers.has("Authorization") ? [] : offeredSubprotocols(request)) {
    const [, ticket] = ticketProtocol.exec(name) ?? [];
    if (!ticket) continue;
    const user = UserId.safeParse(userOfTicket(config.REFRESH_TOKEN_KEY, ticket));
    return user.success
      ? { userId: user.data, proof: { ticket } }
      : reject("unauthenticated", "The ticket is invalid; request a new one");
  }
  const { userId, sessionId, generation, tokenHash, grant } = await verifyBearerToken(
    config,
    requireBearer(request),
  );
  const proof = { sessionId, generation, ...(tokenHash !== undefined && { tokenHash }) };
  return { userId, proof, ...(grant && { grant }) };
}

/**
 * Makes a middleware that authenticates a WebSocket upgrade by a bearer token or a ticket, which is used up, and sets `c.var.actor`. The same
 * call registers the socket with the hub, for the room of the channel in the path.
 *
 * @throws `unauthenticated`, in the middleware
 */
export const authenticateSocket = () =>
  createMiddleware<AppEnv>(async (c, next) => {
    const { userId, proof, grant: inText } = await verifySocketProof(c.var.config, c.req.raw);
    limitUser(c, userId);
    const channelId = channelInPath(c);
    const socketId = newSocketId();
    const planned: PlannedSockets | undefined =
      channelId === undefined ? undefined : { via: "client", sockets: [{ socketId, channelId }] };
    const checked =
      "ticket" in proof
        ? // Not repeated: the first call uses up the ticket.
          unwrap(
            await callObject(() => hubOf(c.env, userId).redeemTicket(proof.ticket, channelId, planned), {
              tries: 1,
            }),
          )
        : await requireLiveSession(c.env, { userId, ...proof }, channelId, planned);
    const { grant } = setActor(c, inText ? { ...checked, grant: inText } : checked);
    requireScope(grant, "read");
    if (!includesChannel(grant, channelId ?? "")) notFound("channel");
    c.set("attachment", attachmentOf(socketId, checked.attached));
    await next();
  });

/** Returns the channel id in the path; undefined when the path has none or it is malformed. */
const channelInPath = (c: Context<AppEnv>): string | undefined =>
  ChannelId.safeParse(c.req.param("channelId")).data;

function setActor(
  c: Context<AppEnv>,
  { userId, sessionId, role, grant, isBot, isAdmitted }: CheckedActor,
): Actor {
  const actor = { userId, sessionId, role, ...(grant && { grant }), ...(isBot && { isBot }) };
  c.set("actor", actor);
  if (isAdmitted) c.set("admittedChannelId", channelInPath(c));
  return actor;
}
