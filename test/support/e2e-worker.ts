/**
 * The product's Worker as the end-to-end tests run it, on loopback alone: with routes below `/e2e` that make people without
 * the cost of a password, evict objects and let them die, and count what D1 is asked. No part of what is deployed.
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

/** How often an object was started, by its name: the classes and this Worker share an isolate. */
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

  /** The object dies where it stands: its memory goes, and so do its sockets. */
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

/** Of workerd itself, for who starts it with the flag `unsafe_module`. The bundler does not know it, and is not shown it. */
const unsafeModule = ["workerd", "unsafe"].join(":");

const asked = new Map<string, number>();
countQueries();

interface D1Session {
  _send(endpoint: string, query: string | string[], ...rest: unknown[]): Promise<unknown>;
}

/** What an object says of itself. */
interface Look {
  /** When its memory began: an object that slept has a later one. */
  bornAt: number;
  sockets: number;
}

/** Readers' sockets and devices'; not those that are closing, nor a supervisor's, which has no attachment. */
const openIn = (ctx: DurableObjectState): number =>
  ctx.getWebSockets().filter((ws) => ws.readyState === WebSocket.OPEN && ws.deserializeAttachment()).length;

/** Every statement that this isolate sends to D1, whoever sends it: all databases and sessions share the one prototype. */
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
    // One that is not running has nothing to lose; one that is busy may not come to rest in time.
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
