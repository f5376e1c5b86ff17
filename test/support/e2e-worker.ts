/**
 * The product's Worker as the end-to-end tests run it, only on loopback: with routes below `/e2e` that create
 * users without the cost of a password, evict and abort objects, and count queries of D1. It is never deployed.
 */
import { env } from "cloudflare:workers";
import { configOf } from "../../src/config.ts";
import { passwordCost } from "../../src/domain/password-cost.ts";
import { foldKey } from "../../src/text/fold-key.ts";
import { newId } from "../../src/lib/ids.ts";
import { hubOf } from "../../src/rpc/stubs.ts";
import { unwrap } from "../../src/rpc/rpc-result.ts";
import { accountDatabase, users } from "../../src/db/index.ts";
import { accessTokens } from "../../src/http/access-tokens.ts";
import { UserHub as Hub } from "../../src/user-object/user-hub.ts";
import { PasswordHasher as Hasher } from "../../src/password-hasher/password-hasher.ts";
import { JobRunner as Runner } from "../../src/job-runner/job-runner.ts";
import { WebhookSender as Sender } from "../../src/webhook-sender/webhook-sender.ts";
import { RateLimiter as Limiter } from "../../src/rate-limiter/rate-limiter.ts";
import { ChannelRoom as Room } from "../../src/channel-object/index.ts";
import worker from "../../src/worker.ts";

const { TEST_PASSWORD_COST } = env as { TEST_PASSWORD_COST?: string };
/** For tests that register many users and measure nothing. */
if (TEST_PASSWORD_COST) Object.assign(passwordCost, JSON.parse(TEST_PASSWORD_COST));

export { Mailer } from "../../src/mail/mailer.ts";

export class PasswordHasher extends Hasher {
  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    countStart(ctx);
  }
}

export class RateLimiter extends Limiter {
  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    countStart(ctx);
  }
}

export class WebhookSender extends Sender {
  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    countStart(ctx);
  }
}

export class JobRunner extends Runner {
  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    countStart(ctx);
  }
}

/** How often each object was started, by name: the classes and this Worker share an isolate. */
const startCounts = new Map<string, number>();
const countStart = (ctx: DurableObjectState): void => {
  const name = ctx.id.name ?? "";
  startCounts.set(name, (startCounts.get(name) ?? 0) + 1);
};

export class ChannelRoom extends Room {
  readonly #bornAt = Date.now();

  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    countStart(ctx);
  }

  /** Aborts the object: its memory and its sockets are lost. */
  async abort(): Promise<void> {
    this.ctx.abort("e2e");
  }

  async inspect(): Promise<ObjectState> {
    return { bornAt: this.#bornAt, sockets: countOpenSockets(this.ctx) };
  }
}

export class UserHub extends Hub {
  readonly #bornAt = Date.now();

  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    countStart(ctx);
  }

  async abort(): Promise<void> {
    this.ctx.abort("e2e");
  }

  async inspect(): Promise<ObjectState> {
    return { bornAt: this.#bornAt, sockets: countOpenSockets(this.ctx) };
  }
}

/**
 * A module of workerd itself, available with the flag `unsafe_module`. The name is assembled so that the bundler
 * does not see it.
 */
const unsafeModule = ["workerd", "unsafe"].join(":");

const queryCounts = new Map<string, number>();
countQueries();

interface D1Session {
  _send(endpoint: string, query: string | string[], ...rest: unknown[]): Promise<unknown>;
}

/** What an object reports about itself. */
interface ObjectState {
  /** When its memory began: after an eviction it is later. */
  bornAt: number;
  sockets: number;
}

/** Counts sockets of subscribers and devices; not closing ones, nor a supervisor's, which has no attachment. */
const countOpenSockets = (ctx: DurableObjectState): number =>
  ctx.getWebSockets().filter((ws) => ws.readyState === WebSocket.OPEN && ws.deserializeAttachment()).length;

/** Counts every statement that this isolate sends to D1: all databases and sessions share one prototype. */
function countQueries(): void {
  const { alwaysPrimarySession } = env.DB as unknown as { alwaysPrimarySession: D1Session };
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf(alwaysPrimarySession)) as D1Session;
  const send = prototype._send;
  prototype._send = function (endpoint, query, ...rest) {
    for (const statement of [query].flat()) queryCounts.set(statement, (queryCounts.get(statement) ?? 0) + 1);
    return send.call(this, endpoint, query, ...rest);
  };
}

// oxlint-disable-next-line import/no-default-export
export default {
  async fetch(request, bindings, context) {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/e2e/")) return worker.fetch(request, bindings, context);
    return control(pathname.slice("/e2e/".length), await request.json());
  },
} satisfies ExportedHandler<Env>;

async function control(action: string, body: any): Promise<Response> {
  if (action === "users") return Response.json(await createUsers(body.names, body.role));
  if (action === "session") return Response.json(await createSession(body.userId, body.username));
  if (action === "abort") {
    await objectOf(body)
      .abort()
      .catch(() => {});
    return new Response(null, { status: 204 });
  }
  if (action === "evict") {
    const unsafe = await import(unsafeModule);
    // An object that is not running has no memory to lose; a busy one may not become idle in time.
    await unsafe.default.evict(objectOf(body), { webSockets: body.webSockets }).catch(() => {});
    return new Response(null, { status: 204 });
  }
  if (action === "inspect") return Response.json(await objectOf(body).inspect());
  if (action === "starts") return Response.json(Object.fromEntries(startCounts));
  if (action === "queries") {
    const counts = Object.fromEntries(queryCounts);
    queryCounts.clear();
    return Response.json(counts);
  }
  return new Response(null, { status: 404 });
}

const objectOf = ({ object, name }: { object: "room" | "hub"; name: string }): ChannelRoom | UserHub =>
  (object === "room" ? env.ROOMS : env.HUBS).getByName(name) as unknown as ChannelRoom | UserHub;

async function createUsers(names: string[], role: "member" | "admin" = "member") {
  const rows = names.map((username) => ({
    id: newId("usr"),
    email: `${username}@parley.test`,
    emailKey: foldKey(`${username}@parley.test`),
    username,
    usernameKey: foldKey(username),
    displayName: username,
    displayNameKey: foldKey(username),
    role,
    passwordHash: "none",
    createdAt: Date.now(),
  }));
  for (let at = 0; at < rows.length; at += 5)
    await accountDatabase(env)
      .insert(users)
      .values(rows.slice(at, at + 5));
  return Promise.all(rows.map(({ id, username }) => createSession(id, username, role)));
}

async function createSession(userId: string, username: string, role: "member" | "admin" = "member") {
  const account = { userId, username, role, active: true, rev: 1, credentialVersion: 1 };
  const { sessionId, generation, refreshToken } = unwrap(
    await hubOf(env, userId).createSession({ account, device: "e2e", addressPrefix: "127.0.0.0/24" }),
  );
  const config = configOf(env);
  const accessToken = await accessTokens(config).issue({ userId, sessionId, generation });
  const tokens = {
    accessToken,
    refreshToken,
    tokenType: "Bearer" as const,
    expiresIn: config.ACCESS_TOKEN_SECONDS,
  };
  return { userId, username, sessionId, tokens };
}
