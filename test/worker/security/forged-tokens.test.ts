import { beforeAll, expect, test } from "vitest";
import { sockets, subprotocol } from "../../../src/protocol/index.ts";
import { recordProof } from "../../support/proofs.ts";
import { buildRequest, sendRaw, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import { createTicketFor } from "../../support/worker/clients/gateway-client.ts";
import { createSession } from "../../support/worker/fixtures/accounts.ts";
import {
  createSampleWorkspace,
  fillPath,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { forgedFrom } from "../../support/worker/generators/forged-tokens.ts";

let world: SampleWorkspace;
let fileId: string;
beforeAll(async () => {
  world = await createSampleWorkspace();
  ({ id: fileId } = (await world.ann.call("POST", "/v1/files?name=a.json", { a: 1 })).body);
});

/** Header values cannot contain these; a client library rejects them before anything is sent. */
const isSendable = (token: string): boolean => /^[\x20-\x7e\t]*$/.test(token);

/** Sends each token in every way, and returns the ways in which one was accepted. */
async function letIn(
  tokens: string[],
  ways: Record<string, (token: string) => Promise<Response>>,
): Promise<string[]> {
  const accepted: string[] = [];
  for (const token of tokens)
    for (const [way, send] of Object.entries(ways)) {
      const { status, body, webSocket } = await send(token);
      await body?.cancel();
      if (status < 400 || webSocket) accepted.push(`${way}: ${token}`);
      if (status >= 500) accepted.push(`${way}: ${status} ${token}`);
    }
  return accepted;
}

/** Any call of a database or object fails: a made-up token must be rejected before. */
const untouchable = new Proxy({}, { get: () => () => expect.unreachable("called for a forged token") });

const upgrade = (path: string, headers: Record<string, string>): Promise<Response> =>
  sendRaw("GET", fillPath(path, { channelId: world.channelId }), {
    headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol, ...headers },
  });

const socketWays = (headersOf: (token: string) => Record<string, string>) =>
  Object.fromEntries(
    Object.entries(sockets).map(([name, { path }]) => [
      `socket ${name}`,
      (token: string) => upgrade(path, headersOf(token)),
    ]),
  );

/** The ways to send a bearer token. */
export const bearerWays = (): Record<string, (token: string) => Promise<Response>> => ({
  profile: (token) => sendRaw("GET", "/v1/users/me", { token }),
  message: (token) =>
    sendRaw("POST", `/v1/channels/${world.channelId}/messages`, {
      token,
      body: JSON.stringify({ content: "x" }),
    }),
  ticket: (token) => sendRaw("POST", "/v1/realtime/ticket", { token }),
  file: (token) => sendRaw("GET", `/v1/files/${fileId}/content`, { token }),
  ...socketWays((token) => ({ Authorization: `Bearer ${token}` })),
});

test(
  "[AC5] no forged access token is accepted, and none calls a database or an object",
  { timeout: 600_000 },
  async (context) => {
    const tokens = forgedFrom(world.ann.token, world.bob.token).filter(isSendable);
    const accepted = await letIn(tokens, bearerWays());
    for (const token of tokens)
      await sendWithBindings(
        { DB: untouchable, HUBS: untouchable, ROOMS: untouchable },
        buildRequest("GET", "/v1/users/me", { token }),
      );
    const ways = Object.keys(bearerWays()).length;
    recordProof(context, {
      title: `Forged access tokens over REST, sockets, tickets and files (${tokens.length} tokens)`,
      tried: tokens.length * ways,
      failed: accepted.length,
    });
    expect(accepted).toEqual([]);
  },
);

test("[TK1] no forged ticket opens a socket", { timeout: 600_000 }, async (context) => {
  const [ticket, another] = await Promise.all([createTicketFor(world.ann), createTicketFor(world.bob)]);
  const tokens = forgedFrom(ticket, another).filter((token) => /^[!#$%&'*+\-.^`|~\w]+$/.test(token));
  const accepted = await letIn(
    tokens,
    socketWays((token) => ({ "Sec-WebSocket-Protocol": `${subprotocol}, ticket.${token}` })),
  );
  recordProof(context, {
    title: `Forged tickets on both sockets (${tokens.length} tickets)`,
    tried: tokens.length * Object.keys(sockets).length,
    failed: accepted.length,
  });
  expect(accepted).toEqual([]);
});

test("[AC6] no forged refresh token is exchanged", { timeout: 600_000 }, async (context) => {
  const [one, other] = await Promise.all([createSession(world.ann), createSession(world.bob)]);
  const tokens = forgedFrom(one.refreshToken, other.refreshToken);
  const accepted = await letIn(tokens, {
    refresh: (refreshToken) =>
      sendRaw("POST", "/v1/auth/refresh", { body: JSON.stringify({ refreshToken }) }),
  });
  recordProof(context, { title: "Forged refresh tokens", tried: tokens.length, failed: accepted.length });
  expect(accepted).toEqual([]);
});
