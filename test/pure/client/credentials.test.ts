import { expect, test, vi } from "vitest";
import { createClient, openPlatformSocket } from "../../../src/client/index.ts";
import { nextRealtimeEvent, useFakeGateway, tokens } from "./realtime-fixture.ts";

const { fixture } = useFakeGateway();

test("without headers, each attempt uses its own ticket", async () => {
  const { server, url } = fixture;
  vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0" });
  const openSocket = vi.fn(openPlatformSocket);
  const client = createClient({ url, tokens, openSocket });
  vi.unstubAllGlobals();
  server.acceptedTokens.add("usr_u.secret");
  const realtime = client.connect({ unreadsEveryMs: 0, backoff: { minMs: 5, maxMs: 20 } });
  await realtime.live();
  server.terminateSockets();
  await nextRealtimeEvent(realtime, "lost");
  await realtime.live();
  realtime.close();
  expect(server.requests.filter((request) => request === "POST /v1/realtime/ticket")).toHaveLength(2);
  const request = { protocols: ["parley.v1.compact", "parley.v1", "ticket.usr_u.secret"], headers: {} };
  expect(openSocket).toHaveBeenLastCalledWith(expect.objectContaining(request));
});

test("the way to authenticate a socket is configurable", async () => {
  const authorizeSocket = vi.fn(async () => ({
    protocols: [],
    headers: { authorization: "Bearer access-one" },
  }));
  const client = createClient({ url: fixture.url, tokens: null, authorizeSocket });
  const realtime = client.connect({ unreadsEveryMs: 0 });
  await realtime.live();
  realtime.close();
  expect(authorizeSocket).toHaveBeenCalledTimes(1);
});
