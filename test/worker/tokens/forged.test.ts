import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { configOf } from "../../../src/config.ts";
import { newTokenText, parseTokenText } from "../../../src/domain/token-text.ts";
import { newId, noId } from "../../../src/lib/ids.ts";
import { subprotocol } from "../../../src/protocol/index.ts";
import { buildRequest, expectProblem, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  createServerKeyFor,
  createServerUserFor,
  createTokenFor,
} from "../../support/worker/fixtures/tokens.ts";

let ann: TestUser;
let bob: TestUser;
let channelId: string;
let valid: string;
let secret: string;
let appToken: string;

beforeAll(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  channelId = await createChannelFor(ann);
  valid = (await createTokenFor(ann, { channelIds: [channelId] })).accessToken;
  const admin = await createUser("admin", { role: "admin" });
  const key = await createServerKeyFor(admin);
  secret = key.secret;
  const { externalId } = await createServerUserFor(key.as);
  const minted = await fetchToken(key.as.token, externalId);
  appToken = minted;
});

async function fetchToken(key: string, externalId: string): Promise<string> {
  const request = buildRequest("POST", `/v1/server/users/${externalId}/tokens`, { token: key, body: "{}" });
  return ((await (await sendWithBindings({}, request)).json()) as { accessToken: string }).accessToken;
}

const encode = (payload: unknown) => Buffer.from(JSON.stringify(payload)).toString("base64url");
const bodyOf = (text: string) => text.slice(4, text.indexOf("."));
const macOf = (text: string) => text.slice(text.indexOf(".") + 1);
const payloadOf = (text: string): unknown[] =>
  JSON.parse(Buffer.from(bodyOf(text), "base64url").toString()) as unknown[];

/** Returns the text with the character at `index` replaced by another one of base64url. */
const flipped = (text: string, index: number): string =>
  `${text.slice(0, index)}${text[index] === "A" ? "B" : "A"}${text.slice(index + 1)}`;

/** Texts that look like tokens, which this Worker has not issued. */
function forgeries(): string[] {
  const [, mac] = [bodyOf(valid), macOf(valid)];
  const payload = payloadOf(valid);
  const changed = (index: number, value: unknown) =>
    `pat_${encode(payload.map((item, at) => (at === index ? value : item)))}.${mac}`;
  const claims = {
    kind: "pat" as const,
    userId: ann.userId,
    tokenId: newId("tok"),
    grant: { scopes: ["read" as const], channelIds: null },
    expiresAt: null,
  };
  const otherKey = Buffer.alloc(32, 7).toString("base64url");
  const positions = Array.from({ length: 60 }, (_, at) => 4 + Math.floor((at * (valid.length - 4)) / 60));
  return [
    ...positions.filter((at) => valid[at] !== ".").map((at) => flipped(valid, at)),
    ...Array.from({ length: 20 }, (_, at) => valid.slice(0, -1 - at)),
    ...["bot", "app", "srv", "PAT", "tok", ""].map((kind) => `${kind}_${valid.slice(4)}`),
    changed(0, bob.userId.slice(4)),
    changed(1, noId("tok").slice(4)),
    changed(2, "rwfa"),
    changed(3, Date.now() + 1e9),
    changed(4, null),
    changed(5, ""),
    `pat_${bodyOf(valid)}`,
    `pat_${bodyOf(valid)}.`,
    `pat_.${mac}`,
    `pat_${bodyOf(valid)}.${mac}${mac}`,
    `pat_${bodyOf(valid)}=.${mac}`,
    `pat_${bodyOf(valid)}.${mac.slice(0, -1)}=`,
    `${valid}.${mac}`,
    ` ${valid}x`,
    `${valid},${valid}`,
    `pat_${encode(null)}.${mac}`,
    `pat_${encode({})}.${mac}`,
    `pat_${"A".repeat(3_000)}.${mac}`,
    `pat_${"A".repeat(100_000)}.${mac}`,
    newTokenText(otherKey, claims),
    newTokenText(configOf(env).JWT_SIGNING_KEY, claims),
    ...Array.from({ length: 10 }, (_, at) => flipped(appToken, 4 + at * 11)),
    ...Array.from({ length: 12 }, (_, at) => flipped(secret, 4 + at * 6)),
    secret.slice(0, -1),
    `${secret}A`,
    "srv_",
    "pat_",
    "bot_",
  ];
}

const neverCalled = new Proxy({}, { get: () => () => expect.unreachable("called for a forged token") });
const broken = {
  DB: neverCalled,
  SEARCH: neverCalled,
  FILES: neverCalled,
  HUBS: neverCalled,
  ROOMS: neverCalled,
};
const upgrade = { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol };

test("[PT1] none of 100 forged tokens is let in, and none starts an object", async () => {
  const forged = [...new Set(forgeries())];
  expect(forged.length).toBeGreaterThanOrEqual(100);
  const requests = (token: string) => [
    buildRequest("GET", "/v1/users/me", { token }),
    buildRequest("GET", `/v1/channels/${channelId}`, { token }),
    buildRequest("GET", `/v1/channels/${channelId}`, { token, headers: { "X-Parley-As": ann.userId } }),
    buildRequest("POST", "/v1/files?name=a", { token, body: "a" }),
    buildRequest("POST", "/v1/realtime/ticket", { token }),
    buildRequest("PUT", "/v1/server/users/1", { token, body: "{}" }),
    buildRequest("GET", "/v1/realtime", { token, headers: upgrade }),
    buildRequest("GET", `/v1/channels/${channelId}/realtime`, { token, headers: upgrade }),
  ];
  for (const token of forged)
    for (const request of requests(token)) {
      const response = await sendWithBindings(broken, request);
      expect(response.webSocket ?? null, token).toBeNull();
      await expectProblem(response, "unauthenticated");
    }
});

test("[PT1] a token with the right MAC, but not of its hash, is not let in", async () => {
  const key = configOf(env).REFRESH_TOKEN_KEY;
  const known = parseTokenText(key, valid)!;
  // As one who knows the Worker's secret and the id of a live token could make it.
  const forged = newTokenText(key, {
    ...known,
    grant: { scopes: ["read", "write", "admin"], channelIds: null },
  });
  for (const path of ["/v1/users/me", `/v1/channels/${channelId}`, "/v1/channels"])
    await expectProblem(
      await sendWithBindings({}, buildRequest("GET", path, { token: forged })),
      "unauthenticated",
    );
  for (const path of ["/v1/realtime", `/v1/channels/${channelId}/realtime`]) {
    const request = buildRequest("GET", path, { token: forged, headers: upgrade });
    await expectProblem(await sendWithBindings({}, request), "unauthenticated");
  }
  const upload = buildRequest("POST", "/v1/files?name=a", { token: forged, body: "a" });
  // The scope is missing; the session is checked first.
  await expectProblem(await sendWithBindings({}, upload), "unauthenticated");
});

test("[PT1] a server key opens no socket and is no token of a user", async () => {
  const headers = { ...upgrade, "X-Parley-As": ann.userId };
  for (const path of ["/v1/realtime", `/v1/channels/${channelId}/realtime`])
    await expectProblem(
      await sendWithBindings({}, buildRequest("GET", path, { token: secret, headers })),
      "unauthenticated",
    );
  for (const token of [valid, appToken, ann.token])
    await expectProblem(
      await sendWithBindings({}, buildRequest("PUT", "/v1/server/users/1", { token, body: "{}" })),
      "unauthenticated",
    );
});
