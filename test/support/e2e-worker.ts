/**
 * The product's Worker as the end-to-end tests run it, only on loopback: with routes below `/e2e` that create
 * users without the cost of a password, evict and abort objects, and count queries of D1. It is never deployed.
 */
import { env } from "cloudflare:workers";
import { configOf } from "../../src/config.ts";
import { foldKey } from "../../src/text/fold-key.ts";
import { newId } from "../../src/lib/ids.ts";
import { hubOf } from "../../src/rpc/stubs.ts";
import { unwrap } from "../../src/rpc/rpc-result.ts";
import { accountDatabase, users } from "../../src/db/index.ts";
import { accessTokens } from "../../src/http/access-tokens.ts";
import { UserHub as Hub } from "../../src/user-object/user-hub.ts";
import { PasswordHasher as Hasher } from "../../src/password-hasher/password-hasher.ts";
import { RateLimiter as Limiter } from "../../src/rate-limiter/rate-limiter.ts";
import { ChannelRoom as Room } from "../../src/channel-object/index.ts";
import worker from "../../src/worker.ts";

export class PasswordHasher extends Hasher {
  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    noteStart(ctx);
  }
}

export class RateLimiter extends Limiter {
  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    noteStart(ctx);
  }
}

/** How often each object was started, by name: the classes and this Worker share an isolate. */
const started = new Map<string, number>();
const noteStart = (ctx: DurableObjectState): void => {
  const name = ctx.id.name ?? "";
  started.set(name, (started.get(name) ?? 0) + 1);
};

export class ChannelRoom extends Room {
  readonly #bornAt = Date.now();

  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    noteStart(ctx);
  }

  /** Aborts the object: its memory and its sockets are lost. */
  async die(): Promise<void> {
    this.ctx.abort("e2e");
  }

  async look(): Promise<Look> {
    return { bornAt: this.#bornAt, sockets: openIn(this.ctx) };
  }
}

export class UserHub extends Hub {
  readonly #bornAt = Date.now();

  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, bindings);
    noteStart(ctx);
  }

  async die(): Promise<void> {
    this.ctx.abort("e2e");
  }

  async look(): Promise<Look> {
    return { bornAt: this.#bornAt, sockets: openIn(this.ctx) };
  }
}

/**
 * A module of workerd itself, available with the flag `unsafe_module`. The name is assembled so that the bundler
 * does not see it.
 */
const unsafeModule = ["workerd", "unsafe"].join(":");

const asked = new Map<string, number>();
countQueries();

interface D1Session {
  _send(endpoint: string, query: string | string[], ...rest: unknown[]): Promise<unknown>;
}

/** What an object reports about itself. */
interface Look {
  /** When its memory began: after an eviction it is later. */
  bornAt: number;
  sockets: number;
}

/** Counts sockets of subscribers and devices; not closing ones, nor a supervisor's, which has no attachment. */
const openIn = (ctx: DurableObjectState): number =>
  ctx.getWebSockets().filter((ws) => ws.readyState === WebSocket.OPEN && ws.deserializeAttachment()).length;

/** Counts every statement that this isolate sends to D1: all databases and sessions share one prototype. */
function countQueries(): void {
  const { alwaysPrimarySession } = env.DB as unknown as { alwaysPrimarySession: D1Session };
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf(alwaysPrimarySession)) as D1Session;
  const send = prototype._send;
  prototype._send = function (endpoint, query, ...rest) {
    for (const statement of [query].flat()) asked.set(statement, (asked.get(statement) ?? 0) + 1);
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

async function control(what: string, body: any): Promise<Response> {
  if (what === "people") return Response.json(await makePeople(body.names));
  if (what === "session") return Response.json(await beginSession(body.userId, body.username));
  if (what === "die") {
    await objectOf(body)
      .die()
      .catch(() => {});
    return new Response(null, { status: 204 });
  }
  if (what === "evict") {
    const unsafe = await import(unsafeModule);
    // An object that is not running has no memory to lose; a busy one may not become idle in time.
    await unsafe.default.evict(objectOf(body), { webSockets: body.webSockets }).catch(() => {});
    return new Response(null, { status: 204 });
  }
  if (what === "look") return Response.json(await objectOf(body).look());
  if (what === "started") return Response.json(Object.fromEntries(started));
  if (what === "queries") {
    const counts = Object.fromEntries(asked);
    asked.clear();
    return Response.json(counts);
  }
  return new Response(null, { status: 404 });
}

const objectOf = ({ object, name }: { object: "room" | "hub"; name: string }): ChannelRoom | UserHub =>
  (object === "room" ? env.ROOMS : env.HUBS).getByName(name) as unknown as ChannelRoom | UserHub;

async function makePeople(names: string[]) {
  const rows = names.map((username) => ({
    id: newId("usr"),
    email: `${username}@parley.test`,
    emailKey: foldKey(`${username}@parley.test`),
    username,
    usernameKey: foldKey(username),
    displayName: username,
    displayNameKey: foldKey(username),
    role: "member" as const,
    passwordHash: "none",
    createdAt: Date.now(),
  }));
  for (let at = 0; at < rows.length; at += 5)
    await accountDatabase(env)
      .insert(users)
      .values(rows.slice(at, at + 5));
  return Promise.all(rows.map(({ id, username }) => beginSession(id, username)));
}

async function beginSession(userId: string, username: string) {
  const account = { userId, username, role: "member" as const, active: true, rev: 1, credentialVersion: 1 };
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
