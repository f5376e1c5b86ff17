import { afterEach, describe, expect, test, vi } from "vitest";
import {
  answerSecondFactor,
  createPasskey,
  createPasskeyLoginOptions,
  createPasskeyOptions,
  deletePasskey,
  getPasskeys,
  getSecondFactors,
  loginWithPasskey,
  updatePasskey,
} from "../../../src/protocol/index.ts";
import { type Deviation, SoftwareAuthenticator } from "../../support/software-authenticator.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { beginLogin } from "../../support/worker/clients/log-in.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import {
  createSession,
  createUser,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { evictHub, hubRows } from "../../support/worker/objects/hub-object.ts";

const origin = "http://localhost:5173";
const headers = { Origin: origin };
const parallelUses = 50;

afterEach(() => void vi.useRealTimers());

async function addPasskey(
  user: TestUser,
  authenticator = new SoftwareAuthenticator(origin),
  deviation?: Deviation,
) {
  const options = await expectOk(createPasskeyOptions, { as: user, headers });
  const credential = await authenticator.create(options as never, deviation);
  const response = await callEndpoint(createPasskey, {
    as: user,
    headers,
    body: { ...credential, name: "Laptop" },
  });
  return { authenticator, credential, response };
}

async function logInWith(authenticator: SoftwareAuthenticator, deviation?: Deviation) {
  const options = await expectOk(createPasskeyLoginOptions, { headers });
  return callEndpoint(loginWithPasskey, { headers, body: await authenticator.get(options, deviation) });
}

describe("adding", () => {
  test.each(["ES256", "EdDSA", "RS256"] as const)(
    "[SF14] a passkey with %s logs in as first and as second factor",
    async (algorithm) => {
      const ann = await createUser("ann");
      const authenticator = new SoftwareAuthenticator(origin, algorithm);
      const { response } = await addPasskey(ann, authenticator);
      expect(response.status).toBe(201);
      expect(response.body.recoveryCodes).toHaveLength(10);
      await evictHub(ann.userId);
      const first = await logInWith(authenticator);
      expect(first.status).toBe(200);
      expect(first.body.user.id).toBe(ann.userId);
      expect(
        await expectOk(getSecondFactors, { as: { token: first.body.tokens.accessToken } }),
      ).toMatchObject({ passkeys: 1, passed: true });

      const mfa = await beginLogin({ login: ann.username, password: testPassword }, headers);
      expect(mfa.methods).toEqual(["passkey", "recovery"]);
      const assertion = await authenticator.get(mfa.passkeyOptions!);
      const body = { token: mfa.token, method: "passkey", assertion };
      const second = await expectOk(answerSecondFactor, { headers, body });
      expect(second.user.id).toBe(ann.userId);
    },
  );

  test.each<[string, Deviation]>([
    ["of another origin", { origin: "https://evil.example" }],
    ["of another domain", { rpId: "evil.example" }],
    ["for another challenge", { challenge: "AAAA" }],
    ["that only logs in", { type: "webauthn.get" }],
    ["whose user was not verified", { userVerified: false }],
  ])("[SF15] rejects a passkey %s", async (_, deviation) => {
    const ann = await createUser("ann");
    const { response } = await addPasskey(ann, undefined, deviation);
    expect(response).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(await expectOk(getPasskeys, { as: ann })).toEqual({ items: [], nextCursor: null });
  });

  test("[SF15] a challenge is used once, by its session, within 5 minutes", async () => {
    const ann = await createUser("ann");
    const { credential } = await addPasskey(ann);
    expect((await callEndpoint(createPasskey, { as: ann, headers, body: credential })).status).toBe(403);
    const [bob, other] = [await createUser("bob"), new SoftwareAuthenticator(origin)];
    const options = await expectOk(createPasskeyOptions, { as: bob, headers });
    const body = await other.create(options as never);
    expect((await callEndpoint(createPasskey, { as: await createSession(bob), headers, body })).status).toBe(
      403,
    );
    advanceClock(5 * 60_000);
    expect((await callEndpoint(createPasskey, { as: bob, headers, body })).status).toBe(403);
  });

  test("[SF9] one of 50 parallel uses of a challenge adds a passkey", async () => {
    const ann = await createUser("ann");
    const options = await expectOk(createPasskeyOptions, { as: ann, headers });
    const body = await new SoftwareAuthenticator(origin).create(options as never);
    const answers = await Promise.all(
      Array.from({ length: parallelUses }, () => callEndpoint(createPasskey, { as: ann, headers, body })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await hubRows(ann.userId, "passkeys")).toHaveLength(1);
  });
});

describe("login", () => {
  test.each<[string, Deviation]>([
    ["of another origin", { origin: "https://evil.example" }],
    ["of another domain", { rpId: "evil.example" }],
    ["for a new passkey", { type: "webauthn.create" }],
    ["of a user who was not verified", { userVerified: false }],
    ["whose counter went back", { counter: 0 }],
  ])("[SF16] rejects a signature %s", async (_, deviation) => {
    const { authenticator } = await addPasskey(await createUser("ann"));
    expect((await logInWith(authenticator)).status).toBe(200);
    expect((await logInWith(authenticator, deviation)).status).toBe(401);
    expect((await logInWith(authenticator)).status).toBe(200);
  });

  test("[SF16] unknown and known users and passkeys get the same answer", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const known = (await addPasskey(ann)).authenticator;
    await addPasskey(bob);
    const bodies: any[] = [];
    for (const change of [
      (body: any) => (body.response.signature = "AAAA"),
      (body: any) => (body.response.userHandle = Buffer.from(bob.userId).toString("base64url")),
      (body: any) =>
        (body.response.userHandle = Buffer.from("usr_01ARZ3NDEKTSV4RRFFQ69G5FAV").toString("base64url")),
      (body: any) => delete body.response.userHandle,
      (body: any) => (body.id = body.rawId = "AAAA"),
      (body: any) => (body.response.clientDataJSON = "AAAA"),
    ]) {
      const body = await known.get(await expectOk(createPasskeyLoginOptions, { headers }));
      change(body);
      bodies.push({ ...(await expectRejected(loginWithPasskey, { headers, body })), requestId: "" });
    }
    expect(bodies[0]).toMatchObject({ code: "unauthenticated" });
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  test("[SF9] one of 50 parallel uses of an assertion begins a session", async () => {
    const ann = await createUser("ann");
    const { authenticator } = await addPasskey(ann);
    const before = await hubRows(ann.userId, "sessions");
    const body = await authenticator.get(await expectOk(createPasskeyLoginOptions, { headers }));
    const answers = await Promise.all(
      Array.from({ length: parallelUses }, () => callEndpoint(loginWithPasskey, { headers, body })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await hubRows(ann.userId, "sessions")).toHaveLength(before.length + 1);
  });

  test("[SF16] a challenge expires after 5 minutes", async () => {
    const { authenticator } = await addPasskey(await createUser("ann"));
    const body = await authenticator.get(await expectOk(createPasskeyLoginOptions, { headers }));
    advanceClock(5 * 60_000);
    expect((await callEndpoint(loginWithPasskey, { headers, body })).status).toBe(401);
  });
});

test("[SF17] passkeys are listed, renamed and removed with a proof", async () => {
  const ann = await createUser("ann");
  const { response, authenticator } = await addPasskey(ann);
  const { passkey } = response.body;
  const params = { passkeyId: passkey.id };
  expect(await expectOk(updatePasskey, { as: ann, params, body: { name: "Old laptop" } })).toEqual({
    ...passkey,
    name: "Old laptop",
  });
  expect((await expectOk(getPasskeys, { as: ann })).items).toHaveLength(1);
  expect(await expectRejected(deletePasskey, { as: ann, params, body: { password: "wrong" } })).toMatchObject(
    {
      code: "forbidden",
    },
  );
  await expectOk(deletePasskey, { as: ann, params, body: { password: testPassword } });
  expect(await expectRejected(deletePasskey, { as: ann, params, body: {} })).toMatchObject({
    code: "not_found",
  });
  expect((await logInWith(authenticator)).status).toBe(401);
});
