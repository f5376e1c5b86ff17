import { expect, test, vi } from "vitest";
import { createClient, getMe } from "../../../src/client/index.ts";
import { nextRealtimeEvent, useFakeGateway } from "./realtime-fixture.ts";

const { fixture } = useFakeGateway();

test("[PT13] a client with a token sends it and never renews it", async () => {
  const requests: { url: string; authorization: string | null }[] = [];
  const answer = vi.fn<typeof fetch>(async (input, init) => {
    const request = new Request(input as string, init as RequestInit);
    requests.push({
      url: new URL(request.url).pathname,
      authorization: request.headers.get("authorization"),
    });
    return new Response(JSON.stringify({ code: "unauthenticated", detail: "no", status: 401 }), {
      status: 401,
      headers: { "Content-Type": "application/problem+json" },
    });
  });
  const client = createClient({ url: "http://parley.test", token: "bot_x.y", fetch: answer });
  await expect(client.call(getMe)).rejects.toMatchObject({ code: "unauthenticated" });
  expect(requests).toEqual([{ url: "/v1/users/me", authorization: "Bearer bot_x.y" }]);
});

test("[PT13] a socket uses the token, and its rejection closes the connection for good", async () => {
  const { server, url } = fixture;
  server.acceptedTokens.add("bot_x.y");
  const realtime = createClient({ url, token: "bot_x.y" }).connect({
    unreadsEveryMs: 0,
    backoff: { minMs: 5, maxMs: 20 },
  });
  await realtime.live();
  server.acceptedTokens.delete("bot_x.y");
  server.terminateSockets();
  expect(await nextRealtimeEvent(realtime, "closed")).toMatchObject({ code: "unauthenticated" });
  expect(server.requests.filter((request) => request.includes("refresh"))).toEqual([]);
});
