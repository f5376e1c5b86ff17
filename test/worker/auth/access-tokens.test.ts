import { env } from "cloudflare:workers";
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Config, configOf } from "../../../src/config.ts";
import { newId } from "../../../src/lib/ids.ts";
import { AccessTokens } from "../../../src/http/access-tokens.ts";
import { getKeys, getMe } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createSession, createUser } from "../../support/worker/fixtures/accounts.ts";

afterEach(() => void vi.useRealTimers());

const config = configOf(env);
const signingJwk = JSON.parse(config.JWT_SIGNING_KEY) as JWK & { kid: string; x: string };

interface Wrong {
  header?: object;
  claims?: JWTPayload;
  key?: CryptoKey | Uint8Array;
  without?: string;
}

/** Signs a token like the server's, apart from the given deviations. */
async function forge(
  { userId, sessionId }: { userId: string; sessionId: string },
  { header = {}, claims = {}, key, without }: Wrong,
): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const all: JWTPayload = {
    sub: userId,
    sid: sessionId,
    gen: 0,
    iss: config.JWT_ISSUER,
    aud: config.JWT_AUDIENCE,
    iat: nowSeconds,
    exp: nowSeconds + 900,
    jti: "x",
    ...claims,
  };
  if (without) delete all[without];
  return new SignJWT(all)
    .setProtectedHeader({ alg: "EdDSA", kid: signingJwk.kid, typ: "at+jwt", ...header })
    .sign(key ?? (await importJWK(signingJwk, "EdDSA")), { crit: { new: true } });
}

const encode = (part: object): string =>
  btoa(JSON.stringify(part)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
const bytes = (text: string) => new TextEncoder().encode(text.padEnd(32));

describe("access token", () => {
  test("forge() without deviations makes a token that is accepted", async () => {
    const ann = await createUser("ann");
    expect(await expectOk(getMe, { as: { token: await forge(ann, {}) } })).toMatchObject({ id: ann.userId });
  });

  test("has the claims of RFC 9068 and no personal data", async () => {
    const ann = await createUser("ann");
    const [header, payload] = ann.token
      .split(".")
      .slice(0, 2)
      .map((part) => JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/"))) as object);
    expect(header).toEqual({ alg: "EdDSA", typ: "at+jwt", kid: signingJwk.kid });
    expect(Object.keys(payload!).toSorted()).toEqual([
      "aud",
      "exp",
      "gen",
      "iat",
      "iss",
      "jti",
      "sid",
      "sub",
    ]);
  });

  const wrong: [string, Wrong][] = [
    ["for another audience", { claims: { aud: "elsewhere" } }],
    ["of another issuer", { claims: { iss: "elsewhere" } }],
    ["of another type", { header: { typ: "JWT" } }],
    ["without a type", { header: { typ: undefined } }],
    ["under an unknown key", { header: { kid: "unknown" } }],
    ["without a key's name", { header: { kid: undefined } }],
    ["that expired", { claims: { exp: Math.floor(Date.now() / 1_000) - 1 } }],
    ["that never expires", { without: "exp" }],
    ["without a session", { without: "sid" }],
    ["without a generation", { without: "gen" }],
    ["without a subject", { without: "sub" }],
    ["without an audience", { without: "aud" }],
    ["without an issuer", { without: "iss" }],
    ["without a name of its own", { without: "jti" }],
    ["with a malformed user id", { claims: { sub: "admin" } }],
    ["of another user's session", { claims: { sid: newId("ses") } }],
    ["of an unknown user", { claims: { sub: newId("usr") } }],
    ["signed by HS256 with our public key", { header: { alg: "HS256" }, key: bytes(signingJwk.x) }],
    ["with a critical header that we do not know", { header: { crit: ["new"], new: 1 } }],
  ];
  test.each(wrong)("[AC5] %s is rejected", async (_, what) => {
    const ann = await createUser("ann");
    expect(await expectRejected(getMe, { as: { token: await forge(ann, what) } })).toMatchObject({
      code: "unauthenticated",
    });
  });

  test("[AC5] signed by another key under our key id is rejected", async () => {
    const ann = await createUser("ann");
    const { privateKey } = await generateKeyPair("EdDSA");
    expect(
      await expectRejected(getMe, { as: { token: await forge(ann, { key: privateKey }) } }),
    ).toMatchObject({
      code: "unauthenticated",
    });
  });

  test("[AC5] with `alg: none` or a changed part is rejected", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const [header, payload, signature] = ann.token.split(".") as [string, string, string];
    const [, otherPayload] = bob.token.split(".") as [string, string, string];
    const none = encode({ alg: "none", typ: "at+jwt", kid: signingJwk.kid });
    const tokens = [
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${otherPayload}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      "a.b.c",
      "x",
      "x".repeat(5_000),
    ];
    for (const token of tokens)
      expect(await expectRejected(getMe, { as: { token } })).toMatchObject({ code: "unauthenticated" });
  });

  test.each(["", "Bearer", "Bearer ", "Basic eDp5", "bearer"])(
    "is not read from `Authorization: %s`",
    async (authorization) => {
      expect(await expectRejected(getMe, { headers: { Authorization: authorization } })).toMatchObject({
        code: "unauthenticated",
      });
    },
  );

  test("is never read from the query or a cookie", async () => {
    const ann = await createUser("ann");
    expect(
      await expectRejected(getMe, {
        query: { access_token: ann.token },
        headers: { Cookie: `token=${ann.token}` },
      }),
    ).toMatchObject({ code: "unauthenticated" });
  });

  test("[AC5] of a retired key is valid as long as the key is listed", async () => {
    const ann = await createUser("ann");
    const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
    const [retired, retiredPrivate] = [await exportJWK(publicKey), await exportJWK(privateKey)];
    const token = await forge(ann, { header: { kid: "old" }, key: privateKey });
    const rotated = (keys: JWK[]): Config => ({
      ...config,
      JWT_RETIRED_KEYS: JSON.stringify(keys.map((key) => ({ ...key, kid: "old" }))),
    });
    expect(await new AccessTokens(rotated([retired])).verify(token)).toMatchObject({
      userId: ann.userId,
      sessionId: ann.sessionId,
    });
    await expect(new AccessTokens(rotated([])).verify(token)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    expect(JSON.stringify(new AccessTokens(rotated([retiredPrivate])).keySet)).not.toContain(
      retiredPrivate.d,
    );
  });

  test.each(["", "{}", '{"kty":"oct","k":"c2VjcmV0"}', '{"kty":"OKP","crv":"Ed25519","x":"c2VjcmV0"}'])(
    "is not issued with the key %j; the error names only the variable",
    (key) => {
      expect(() => new AccessTokens({ ...config, JWT_SIGNING_KEY: key })).toThrow(
        /^Invalid configuration: JWT_SIGNING_KEY must contain/,
      );
    },
  );
});

describe("cache of verified tokens", () => {
  const someone = () => ({ userId: newId("usr"), sessionId: newId("ses"), generation: 0 });

  test("[ER5] holds at most 1,000", async () => {
    const tokens = new AccessTokens(config);
    const first = await tokens.issue(someone());
    await tokens.verify(first);
    for (let count = 0; count < 1_050; count++) await tokens.verify(await tokens.issue(someone()));
    expect(tokens.cached).toBe(1_000);
    expect(await tokens.verify(first)).toBeTruthy();
  });

  test("verifies a signature once, but a failed one each time", async () => {
    const tokens = new AccessTokens(config);
    const verify = vi.spyOn(crypto.subtle, "verify");
    const token = await tokens.issue(someone());
    for (let count = 0; count < 5; count++) await tokens.verify(token);
    expect(verify).toHaveBeenCalledTimes(1);
    const forged = `${token.slice(0, -4)}AAAA`;
    for (let count = 0; count < 3; count++)
      await expect(tokens.verify(forged)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(verify).toHaveBeenCalledTimes(4);
    expect(tokens.cached).toBe(1);
    verify.mockRestore();
  });

  test("[ER5] entries expire with the token", async () => {
    const tokens = new AccessTokens(config);
    const token = await tokens.issue(someone());
    await tokens.verify(token);
    advanceClock((config.ACCESS_TOKEN_SECONDS + 1) * 1_000);
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(tokens.cached).toBe(0);
  });

  test("[AC4] [ER5] does not outlive the session: the hub is called each time", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    for (let count = 0; count < 3; count++) await expectOk(getMe, { as: other });
    await ann.call("DELETE", `/v1/auth/sessions/${other.sessionId}`);
    expect(await expectRejected(getMe, { as: other })).toMatchObject({ code: "unauthenticated" });
  });

  test("is shared by the requests of an isolate", async () => {
    const ann = await createUser("ann");
    await expectOk(getMe, { as: ann });
    const verify = vi.spyOn(crypto.subtle, "verify");
    for (let count = 0; count < 3; count++) await expectOk(getMe, { as: ann });
    expect(verify).not.toHaveBeenCalled();
    verify.mockRestore();
  });
});

describe("getKeys", () => {
  test("lists the public keys, cacheable for five minutes", async () => {
    const { status, body, headers } = await callEndpoint(getKeys);
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("public, max-age=300");
    expect(body).toEqual({
      keys: [{ kty: "OKP", crv: "Ed25519", x: signingJwk.x, kid: signingJwk.kid, alg: "EdDSA", use: "sig" }],
    });
    expect(JSON.stringify(body)).not.toContain(signingJwk.d);
  });

  test("is sufficient for third parties to verify tokens", async () => {
    const { keys } = await expectOk(getKeys);
    const ann = await createUser("ann");
    const key = await importJWK(keys[0] as JWK, "EdDSA");
    const [header, payload, signature] = ann.token.split(".") as [string, string, string];
    const raw = Uint8Array.from(atob(signature.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
    expect(
      await crypto.subtle.verify(
        "Ed25519",
        key as CryptoKey,
        raw,
        new TextEncoder().encode(`${header}.${payload}`),
      ),
    ).toBe(true);
  });
});
