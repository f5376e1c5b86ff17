import { expect, expectTypeOf, test, vi } from "vitest";
import { checkAnswer } from "../../../scripts/support/check-answer.ts";
import {
  createClient,
  createMessage,
  deleteMessage,
  getChannelMessages,
  getErrorPage,
  getHealth,
  getMe,
  getUsers,
  joinChannel,
  logout,
} from "../../../src/client/index.ts";
import type { CommandRun, ParleyError, Tokens, WrittenMessage } from "../../../src/client/index.ts";

const channelId = "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const messageId = "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const tokens = (name: string): Tokens => ({
  accessToken: `access-${name}`,
  refreshToken: `refresh-${name}`,
  tokenType: "Bearer",
  expiresIn: 900,
});
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

/** A client of a server that gives these responses in turn, and the requests that the server received. */
function createScriptedClient(...answers: (() => Response)[]) {
  const requests: { url: string; method: string; authorization: string | null; body: unknown }[] = [];
  const fetch = vi.fn(async (input: unknown, init?: RequestInit) => {
    const body = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
    requests.push({
      url: String(input),
      method: init?.method ?? "",
      authorization: new Headers(init?.headers).get("authorization"),
      body,
    });
    const answer = answers[requests.length - 1];
    if (!answer) throw new TypeError("fetch failed");
    return answer();
  }) as unknown as typeof globalThis.fetch;
  const onTokens = vi.fn();
  const client = createClient({
    url: "http://server.test/",
    tokens: tokens("one"),
    fetch,
    onTokens,
  });
  return { client, requests, onTokens };
}

test("a call consists of its definition's path, query, body and a token", async () => {
  const { client, requests } = createScriptedClient(
    () => json({ items: [] }),
    () => json({ id: messageId }, 201),
  );
  await client.call(getChannelMessages, { params: { channelId }, query: { after: 41, limit: 10 } });
  const message = await client.call(createMessage, {
    params: { channelId },
    body: { content: "hi", nonce: "1" },
  });
  expectTypeOf(message).toEqualTypeOf<WrittenMessage | CommandRun>();
  expect(requests).toEqual([
    {
      url: `http://server.test/v1/channels/${channelId}/messages?after=41&limit=10`,
      method: "GET",
      authorization: "Bearer access-one",
      body: undefined,
    },
    {
      url: `http://server.test/v1/channels/${channelId}/messages`,
      method: "POST",
      authorization: "Bearer access-one",
      body: { content: "hi", nonce: "1" },
    },
  ]);
});

test("missing and misspelt fields do not compile", () => {
  const { client } = createScriptedClient();
  const never = () => {
    // @ts-expect-error params are wanted
    void client.call(joinChannel);
    // @ts-expect-error a body is wanted
    void client.call(createMessage, { params: { channelId } });
    // @ts-expect-error `contents` is no field
    void client.call(createMessage, { params: { channelId }, body: { contents: "hi" } });
    void client.call(getUsers);
    void client.call(getMe);
  };
  expect(never).toBeTypeOf("function");
});

test("204 returns nothing, and a body that is not JSON is returned as it is", async () => {
  const { client } = createScriptedClient(
    () => new Response(null, { status: 204 }),
    () => new Response("<h1>"),
  );
  expect(await client.call(deleteMessage, { params: { channelId, messageId } })).toBeUndefined();
  expect(await (await client.call(getErrorPage, { params: { code: "conflict" } })).text()).toBe("<h1>");
});

test("a problem becomes an error with all its fields", async () => {
  const problem = {
    type: "/errors/rate_limited",
    title: "t",
    status: 429,
    detail: "Slower",
    code: "rate_limited",
    requestId: "r1",
  };
  const { client } = createScriptedClient(() => json(problem, 429, { "retry-after": "3" }));
  const error = await client.call(getMe, { retry: false }).catch((thrown: ParleyError) => thrown);
  expect(error).toMatchObject({
    code: "rate_limited",
    status: 429,
    message: "Slower",
    requestId: "r1",
    retryAfterMs: 3_000,
    retry: true,
  });
});

test("a proxy's response and a missing one become errors of the same kind", async () => {
  const { client } = createScriptedClient(() => new Response("bad gateway", { status: 502 }));
  const once = { retry: false };
  await expect(client.call(getMe, once)).rejects.toMatchObject({ code: "unavailable", status: 502 });
  await expect(client.call(getMe, once)).rejects.toMatchObject({ code: "unavailable", status: 0 });
});

test("a 401 refreshes the tokens once and repeats the call with the new ones", async () => {
  const { client, requests, onTokens } = createScriptedClient(
    () => json({}, 401),
    () => json({ tokens: tokens("two") }),
    () => json({ id: "me" }),
  );
  expect(await client.call(getMe)).toEqual({ id: "me" });
  expect(requests.map(({ url, authorization }) => [new URL(url).pathname, authorization])).toEqual([
    ["/v1/users/me", "Bearer access-one"],
    ["/v1/auth/refresh", null],
    ["/v1/users/me", "Bearer access-two"],
  ]);
  expect(onTokens.mock.calls).toEqual([[{ ...tokens("two"), expiresAt: expect.any(Number) }]]);
});

test("a second 401 causes no second refresh", async () => {
  const { client, requests } = createScriptedClient(
    () => json({}, 401),
    () => json({ tokens: tokens("two") }),
    () => json({}, 401),
  );
  await expect(client.call(getMe)).rejects.toMatchObject({ code: "unauthenticated" });
  expect(requests).toHaveLength(3);
});

test("a public call sends no token, and logout removes it", async () => {
  const { client, requests, onTokens } = createScriptedClient(
    () => json({ status: "ok" }),
    () => new Response(null, { status: 204 }),
  );
  await client.call(getHealth);
  expect(requests[0]?.authorization).toBeNull();
  await client.logout();
  expect(requests[1]?.url).toContain(logout.path);
  expect(client.tokens).toBeNull();
  expect(onTokens).toHaveBeenLastCalledWith(null);
});

test("an invalid response is an error if responses are validated", async () => {
  const fetch = (async () =>
    json({ status: "splendid", version: "1", checks: {} })) as unknown as typeof globalThis.fetch;
  const strict = createClient({ url: "http://server.test", fetch, checkAnswer });
  await expect(strict.call(getHealth)).rejects.toMatchObject({
    code: "internal",
    issues: [{ path: "status" }],
  });
  expect(await createClient({ url: "http://server.test", fetch }).call(getHealth)).toMatchObject({
    status: "splendid",
  });
});

test("the caller's own abort is rethrown as it is", async () => {
  const { client } = createScriptedClient();
  const reason = new Error("enough");
  await expect(client.call(getMe, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
