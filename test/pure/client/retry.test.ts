import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  addReaction,
  createChannel,
  createClient,
  createMessage,
  deleteMessage,
  getMe,
  login,
  markRead,
  type ParleyError,
  refreshToken,
  updateMessage,
} from "../../../src/client/index.ts";

const channelId = "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const messageId = "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const tokens = { accessToken: "a", refreshToken: "r", tokenType: "Bearer", expiresIn: 900 } as const;

const ok = (body: unknown = {}): Response => Response.json(body);
const busy = (status: 429 | 503, retryAfter?: string): Response => {
  const code = status === 429 ? "rate_limited" : "unavailable";
  const headers = new Headers(retryAfter === undefined ? {} : { "retry-after": retryAfter });
  return Response.json({ code, detail: "Later", status, type: "", title: "" }, { status, headers });
};
const cut = (): never => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNRESET" }) });
};
const failConnection = (): never => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) });
};

/** A client whose requests get these responses in turn, the last one repeatedly; and the bodies that it sent. */
function createAnsweringClient(...answers: (() => Response)[]) {
  const bodies: unknown[] = [];
  const fetch = async (_: unknown, init?: RequestInit) => {
    bodies.push(typeof init?.body === "string" ? JSON.parse(init.body) : null);
    init?.signal?.throwIfAborted();
    return (answers[bodies.length - 1] ?? answers.at(-1) ?? ok)();
  };
  const client = createClient({ url: "http://server.test", tokens, fetch: fetch as typeof globalThis.fetch });
  return { client, bodies };
}

/** Advances time until a call settles; returns its result and when it settled. */
async function settlementOf(call: Promise<unknown>) {
  const begun = performance.now();
  let outcome: unknown;
  void call.then(
    (value) => (outcome = { value }),
    (error: ParleyError) => (outcome = { code: error.code ?? error, mayHaveHappened: error.mayHaveHappened }),
  );
  for (let step = 0; step < 1_000 && outcome === undefined; step++) await vi.advanceTimersByTimeAsync(50);
  return { outcome, ms: performance.now() - begun };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const params = { channelId, messageId };

test("[CL8] idempotent calls are repeated after a lost response, 429 and 503", async () => {
  const calls = [
    (client: ReturnType<typeof createClient>) => client.call(getMe),
    (client: ReturnType<typeof createClient>) =>
      client.call(markRead, { params: { channelId }, body: { seq: 1 } }),
    (client: ReturnType<typeof createClient>) =>
      client.call(addReaction, { params: { ...params, emoji: "👍" } }),
    (client: ReturnType<typeof createClient>) => client.call(login, { body: { login: "a", password: "b" } }),
    (client: ReturnType<typeof createClient>) => client.call(refreshToken, { body: { refreshToken: "r" } }),
  ];
  for (const call of calls) {
    const { client, bodies } = createAnsweringClient(
      cut,
      () => busy(429, "1"),
      () => busy(503),
      ok,
    );
    expect(await settlementOf(call(client))).toMatchObject({ outcome: { value: {} } });
    expect(bodies).toHaveLength(4);
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  }
});

test("[CL8] a message is retried with the same nonce, given or generated", async () => {
  for (const given of [undefined, "mine"]) {
    const { client, bodies } = createAnsweringClient(cut, () => busy(503), ok);
    const body = { content: "hi", ...(given && { nonce: given }) };
    await settlementOf(client.call(createMessage, { params: { channelId }, body }));
    const nonces = new Set(bodies.map((sent) => (sent as { nonce: string }).nonce));
    expect(bodies).toHaveLength(3);
    expect([...nonces]).toEqual([given ?? expect.stringMatching(/^[0-9a-f]{32}$/)]);
  }
});

test("[CL8] other calls are retried only if they were certainly not executed", async () => {
  const lost = createAnsweringClient(cut, ok);
  const body = { name: "once" };
  expect((await settlementOf(lost.client.call(createChannel, { body }))).outcome).toEqual({
    code: "unavailable",
    mayHaveHappened: true,
  });
  expect(lost.bodies).toHaveLength(1);
  const edit = createAnsweringClient(() => busy(503), ok);
  await settlementOf(edit.client.call(updateMessage, { params, body: { content: "x" } }));
  expect(edit.bodies).toHaveLength(1);
  const limited = createAnsweringClient(() => busy(429, "2"), failConnection, ok);
  const { outcome, ms } = await settlementOf(limited.client.call(createChannel, { body }));
  expect(outcome).toEqual({ value: {} });
  expect(ms).toBeGreaterThanOrEqual(2_000);
});

test("[CL8] an error after an attempt of unknown outcome says so", async () => {
  const gone = () =>
    Response.json({ code: "not_found", detail: "No", status: 404, type: "", title: "" }, { status: 404 });
  const { client } = createAnsweringClient(cut, gone);
  expect((await settlementOf(client.call(deleteMessage, { params }))).outcome).toEqual({
    code: "not_found",
    mayHaveHappened: true,
  });
});

test("[CL8] a bot waits up to 30 s for its server to start, with full jitter", async () => {
  const session = () => ok({ user: { id: "bot" }, tokens });
  const { client, bodies } = createAnsweringClient(
    ...Array.from({ length: 6 }, () => failConnection),
    session,
  );
  const late = await settlementOf(client.login({ login: "bot", password: "secret" }));
  expect(late.outcome).toEqual({ value: { id: "bot" } });
  expect(bodies).toHaveLength(7);
  const never = createAnsweringClient(failConnection);
  const { outcome, ms } = await settlementOf(never.client.call(getMe));
  expect(outcome).toEqual({ code: "unavailable", mayHaveHappened: false });
  expect(ms).toBeGreaterThan(15_000);
  expect(ms).toBeLessThanOrEqual(30_100);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const half = createAnsweringClient(cut, cut, cut, ok);
  const waited = await settlementOf(half.client.call(getMe));
  expect(Math.abs(waited.ms - (125 + 250 + 500))).toBeLessThan(100);
});

test("[CL8] a delay that would exceed the deadline does not begin", async () => {
  const { client, bodies } = createAnsweringClient(() => busy(503, "31"), ok);
  const { outcome, ms } = await settlementOf(client.call(getMe));
  expect(outcome).toMatchObject({ code: "unavailable" });
  expect([bodies.length, ms < 1_000]).toEqual([1, true]);
});

test("[CL8] `retry: false` is one attempt; a signal aborts with its reason", async () => {
  const once = createAnsweringClient(cut, ok);
  expect((await settlementOf(once.client.call(getMe, { retry: false }))).outcome).toMatchObject({
    code: "unavailable",
  });
  expect(once.bodies).toHaveLength(1);
  const reason = new Error("enough");
  const controller = new AbortController();
  const aborted = createAnsweringClient(() => busy(503, "10"));
  const call = settlementOf(
    aborted.client.call(getMe, { signal: controller.signal }).catch((error) => error === reason),
  );
  setTimeout(() => controller.abort(reason), 1_000);
  const { outcome, ms } = await call;
  expect(outcome).toEqual({ value: true });
  expect(ms).toBeLessThan(1_200);
  expect(aborted.bodies).toHaveLength(1);
});
