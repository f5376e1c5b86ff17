import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { subprotocol } from "../../src/protocol/index.ts";
import { recordProof } from "../support/proofs.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

const isFull = process.env["SECURITY_SCALE"] === "full";
/** How soon a socket must be closed, or the channel's subscription ended, after the response to the revocation. */
const boundMs = 2_000;
/** How long an event that was sent after the revocation is waited for. */
const listenMs = 150;

let server: WorkerdServer;
let admin: { id: string; token: string };
let ann: TestUser;
let trials = 0;

beforeAll(async () => {
  server = await WorkerdServer.start({ USER_CHANNELS_PER_HOUR: "100000", USER_ADDITIONS_PER_HOUR: "100000" });
  const registered = await call<{ user: { id: string }; tokens: { accessToken: string } }>(
    "POST",
    "/v1/auth/register",
    undefined,
    { username: "founder", email: "founder@parley.test", password: "correct horse battery" },
  );
  admin = { id: registered.user.id, token: registered.tokens.accessToken };
  [ann] = (await server.createUsers("ann")) as [TestUser];
}, 120_000);
afterAll(() => server.remove());

async function call<T = any>(method: string, path: string, token?: string, body?: object): Promise<T> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { "Content-Type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text ? JSON.parse(text) : undefined) as T;
}

const annsToken = (): string => ann.tokens.accessToken;

/** What a victim's socket is and how it is revoked. */
interface Trial {
  kind: keyof typeof revocations;
  socket: "gateway" | "room";
  isHibernated: boolean;
}

interface Victim extends TestUser {
  channelId: string;
}

/** Each ends the victim's access to the channel. */
const revocations = {
  session: (victim: Victim) =>
    call("DELETE", `/v1/auth/sessions/${victim.sessionId}`, victim.tokens.accessToken),
  "all sessions": (victim: Victim) => call("DELETE", "/v1/auth/sessions", victim.tokens.accessToken),
  membership: (victim: Victim) =>
    call("DELETE", `/v1/channels/${victim.channelId}/members/${victim.userId}`, annsToken()),
  suspension: (victim: Victim) => call("PATCH", `/v1/users/${victim.userId}`, admin.token, { active: false }),
};

interface Received {
  type: string;
  channelId?: string;
  data?: { message?: { content: string } };
}

/** Connects as the victim and collects what arrives. */
async function connect({ socket: kind }: Trial, { channelId, tokens }: Victim) {
  const path = kind === "gateway" ? "/v1/realtime" : `/v1/channels/${channelId}/realtime`;
  const socket = new WebSocket(`${server.url.replace("http", "ws")}${path}`, subprotocol, {
    headers: { Authorization: `Bearer ${tokens.accessToken}` },
  });
  const seen: Received[] = [];
  let endedAt: number | undefined;
  const end = () => (endedAt ??= performance.now());
  socket.on("message", (frame) => {
    for (const envelope of JSON.parse(String(frame)) as Received[]) {
      seen.push(envelope);
      if (envelope.type === "unsubscribed") end();
    }
  });
  socket.on("close", end);
  socket.on("error", () => {});
  if (kind === "gateway")
    socket.once("open", () => socket.send(JSON.stringify({ id: 1, type: "subscribe", channelId, data: {} })));
  const waitFor = async (what: string, holds: () => boolean, ms: number) => {
    for (const until = performance.now() + ms; !holds(); await sleep(5))
      if (performance.now() > until) throw new Error(`${what} did not happen within ${ms} ms`);
  };
  await waitFor("subscribing", () => seen.some(({ type }) => type === "subscribed"), 10_000);
  return { socket, seen, waitFor, endedAt: () => endedAt };
}

/** Returns after how many ms the victim's access ended, and what they received that was sent afterwards. */
async function run(trial: Trial): Promise<{ ms: number; late: Received[] }> {
  const [user] = (await server.createUsers(`victim-${++trials}`)) as [TestUser];
  const { id: channelId } = await call<{ id: string }>("POST", "/v1/channels", annsToken(), {
    name: `trial ${user.userId}`,
    isPrivate: true,
  });
  await call("POST", `/v1/channels/${channelId}/members`, annsToken(), { userId: user.userId });
  const victim = { ...user, channelId };
  const { socket, seen, waitFor, endedAt } = await connect(trial, victim);
  if (trial.isHibernated) {
    await server.evictObject("room", channelId);
    await server.evictObject("hub", user.userId);
  }
  await revocations[trial.kind](victim);
  const revokedAt = performance.now();
  await call("POST", `/v1/channels/${channelId}/messages`, annsToken(), { content: "afterwards" });
  await waitFor("the end of access", () => endedAt() !== undefined, 10_000);
  await sleep(listenMs);
  socket.terminate();
  return {
    ms: Math.max(0, (endedAt() ?? 0) - revokedAt),
    late: seen.filter(({ data }) => data?.message?.content === "afterwards"),
  };
}

test(
  "[AC4] [GW9] revoked access ends within 2 s; nothing is delivered afterwards",
  { timeout: 900_000 },
  async (context) => {
    const combinations = (Object.keys(revocations) as Trial["kind"][]).flatMap((kind) =>
      (["gateway", "room"] as const).flatMap((socket) =>
        [false, true].map((isHibernated): Trial => ({ kind, socket, isHibernated })),
      ),
    );
    const rounds = isFull ? Math.ceil(200 / combinations.length) : 1;
    const wrong: string[] = [];
    let slowestMs = 0;
    for (let round = 0; round < rounds; round++)
      for (const trial of combinations) {
        const { ms, late } = await run(trial);
        slowestMs = Math.max(slowestMs, ms);
        if (ms > boundMs || late.length > 0)
          wrong.push(`${JSON.stringify(trial)}: ${ms} ms, ${late.length} late events`);
      }
    recordProof(context, {
      title: "Revocations of sessions, memberships and accounts with open sockets, awake and hibernated",
      tried: rounds * combinations.length,
      failed: wrong.length,
      note: `slowest ${Math.round(slowestMs)} ms`,
    });
    expect(wrong).toEqual([]);
  },
);
