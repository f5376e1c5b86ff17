import { afterAll, beforeAll, expect, test } from "vitest";
import { cpuSeconds } from "../../bench/load/cpu.ts";
import { sendOpenLoop, percentile } from "./support/open-loop-load.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

let server: WorkerdServer;
let ann: TestUser;
/** Others' requests without a flood. */
let calm: Awaited<ReturnType<typeof measure>>;
const account = { username: "flooded", email: "flooded@parley.test", password: "correct horse battery" };

beforeAll(async () => {
  server = await WorkerdServer.start();
  [ann] = (await server.createUsers("ann")) as [TestUser];
  expect((await post("/v1/auth/register", account)).status).toBe(201);
  await others();
  calm = await measure();
});
afterAll(() => server.remove());

const post = (path: string, body: object, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${server.url}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    ...(signal && { signal }),
    headers: { "Content-Type": "application/json", ...headers },
  });
const logIn = (login: string, password: string, headers?: Record<string, string>, signal?: AbortSignal) =>
  post("/v1/auth/login", { login, password }, headers, signal);

type Send = (loop: number, turn: number, signal: AbortSignal) => Promise<Response>;

/**
 * Loops of requests, each sent after the previous response, until `stop`; counts the responses by status. `stop` aborts the requests in
 * flight, since their responses take up to half a minute.
 */
function flood(loops: number, send: Send) {
  const statuses = new Map<number, number>();
  const controller = new AbortController();
  const { signal } = controller;
  const run = async (loop: number) => {
    for (let turn = 0; !signal.aborted; turn++) {
      const response = await send(loop, turn, signal);
      await response.arrayBuffer();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    }
  };
  const running = Array.from({ length: loops }, (_, loop) =>
    run(loop).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
  );
  const stop = async () => {
    controller.abort();
    await Promise.all(running);
    return statuses;
  };
  return { stop };
}

/**
 * Set on a machine that runs nothing else: checks the latency as well, with more requests. Not by default, because on two cores
 * another process moves the 99th percentile of the idle server from 10 ms to 60 and more; the CPU time, which is
 * always checked, is what other processes affect least.
 */
const isCalm = process.env["FLOOD_STRICT"] !== undefined;

const others = () =>
  sendOpenLoop(
    async () => {
      const response = await fetch(`${server.url}/v1/users/me`, {
        headers: { Authorization: `Bearer ${ann.tokens.accessToken}` },
      });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    },
    { everyMs: 25, count: isCalm ? 240 : 120 },
  );

const floods: [string, Send][] = [
  [
    "failed logins with made-up names",
    (loop, turn, signal) => logIn(`nobody-${loop}-${turn}`, "x", {}, signal),
  ],
  [
    "failed logins from made-up addresses",
    (loop, turn, signal) => logIn("nobody", "x", { "CF-Connecting-IP": `192.0.2.${loop + turn}` }, signal),
  ],
  [
    "registrations",
    (loop, turn, signal) => {
      const username = `made-${loop}-${turn}`;
      const body = { username, email: `${username}@parley.test`, password: "a password" };
      return post("/v1/auth/register", body, {}, signal);
    },
  ],
];

/** Returns the duration of others' requests in ms, and the server's CPU seconds per second meanwhile. */
async function measure() {
  const [startedAt, spent] = [performance.now(), cpuSeconds([server.pid])];
  const times = await others();
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    p50: Math.round(percentile(times, 0.5)),
    p99: Math.round(percentile(times, 0.99)),
    cpu: Number(((cpuSeconds([server.pid]) - spent) / seconds).toFixed(2)),
  };
}

test.each(floods)(
  "[AC10] during 100 loops of %s others are served and a known user logs in",
  async (name, send) => {
    const { stop } = flood(100, send);
    // Starts after the 100 clients have connected, which costs the same for any request.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const flooded = await measure();
    const startedAt = performance.now();
    const login = await logIn(account.username, account.password);
    const loginMs = Math.round(performance.now() - startedAt);
    const statuses = Object.fromEntries(await stop());
    console.log(name, JSON.stringify({ calm, flooded, loginMs, statuses }));
    expect(login.status).toBe(200);
    // A loop gets a response every 4 s on average, apart from attempts that are hashed, which are few.
    expect(Object.keys(statuses).toSorted()).not.toContain("500");
    // One loop of hashes without a limit uses a whole core. Hashes get an eighth of one, and the loops' requests cost
    // 0.05.
    expect(flooded.cpu - calm.cpu).toBeLessThan(0.45);
    // The account's queue is separate from that of strangers: on an otherwise idle machine this takes 0.3 s. On a busy one it takes longer,
    // as each of others' requests does.
    expect(loginMs).toBeLessThan(5_000 + 3 * flooded.p99);
    if (!isCalm) return;
    expect(flooded.p50).toBeLessThanOrEqual(calm.p50 * 2);
    expect(flooded.p99).toBeLessThanOrEqual(calm.p99 * 2);
  },
);

test("[AC10] hashing continues after many clients disconnect during theirs", async () => {
  const hangUps = Array.from({ length: 20 }, (_, count) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20 + count * 10);
    return fetch(`${server.url}/v1/auth/login`, {
      method: "POST",
      signal: controller.signal,
      body: JSON.stringify({ login: `gone-${count}`, password: "x" }),
      headers: { "Content-Type": "application/json" },
    }).catch(() => {});
  });
  await Promise.all(hangUps);
  expect((await logIn(account.email, account.password)).status).toBe(200);
});
