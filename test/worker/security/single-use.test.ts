import { beforeAll, expect, test } from "vitest";
import {
  answerSecondFactor,
  type Endpoint,
  exchangeProviderCode,
  finishProviderLogin,
  loginWithPasskey,
  register,
  resetPassword,
} from "../../../src/protocol/index.ts";
import { recordProof } from "../../support/proofs.ts";
import { callEndpoint } from "../../support/worker/clients/endpoint-client.ts";
import { createTicketFor, upgradeWithTicket } from "../../support/worker/clients/gateway-client.ts";
import { createUser, testPassword } from "../../support/worker/fixtures/accounts.ts";
import { beginProviderLogin, providerId } from "../../support/worker/fixtures/login-provider.ts";
import { createInviteBy, resetTokenOf } from "../../support/worker/fixtures/mail-tokens.ts";
import {
  exchangeSample,
  loginAnswerSample,
  passkeyLoginSample,
} from "../../support/worker/fixtures/second-factors.ts";
import { isFullScale } from "../../support/worker/generators/part-of-table.ts";

const parallel = 50;
const rounds = isFullScale ? 100 : 2;

/** Prepares one secret, and returns a function that tries to use it and returns whether it succeeded. */
type Preparation = () => Promise<() => Promise<boolean>>;

let made = 0;

// Without an owner, the first registration needs no invite.
beforeAll(() => createUser("owner", { role: "owner" }));

/** Returns a function that sends the same body each time. */
const sending = (endpoint: Endpoint, body: object) => async () =>
  (await callEndpoint(endpoint, { body })).status < 400;

const secrets: Record<string, Preparation> = {
  ticket: async () => {
    const ticket = await createTicketFor(await createUser("ticket"));
    return async () => {
      const { webSocket, body } = await upgradeWithTicket("/v1/realtime", ticket);
      webSocket?.accept();
      webSocket?.close(1000);
      await body?.cancel();
      return webSocket !== null;
    };
  },
  invite: async () => {
    const { token: inviteToken } = await createInviteBy(await createUser("boss", { role: "admin" }), {
      maxUses: 1,
    });
    return async () => {
      const username = `invited.${++made}`;
      const account = { username, email: `${username}@parley.test`, password: testPassword };
      return (await callEndpoint(register, { body: { ...account, inviteToken } })).status === 201;
    };
  },
  "link to reset a password": async () =>
    sending(resetPassword, {
      token: await resetTokenOf(await createUser("reset")),
      newPassword: "another battery",
    }),
  "recovery code": async () =>
    sending(answerSecondFactor, await loginAnswerSample(await createUser("second"))),
  "signature of a passkey": async () =>
    sending(loginWithPasskey, await passkeyLoginSample(await createUser("key"))),
  "state of a login at a provider": async () => {
    const { state, headers } = await beginProviderLogin();
    return async () => {
      const query = { state, code: "code" };
      const answer = await callEndpoint(finishProviderLogin, {
        params: { provider: providerId },
        query,
        headers,
      });
      return answer.status === 302 && !/error/.test(answer.headers.get("Location") ?? "error");
    };
  },
  "code of a login at a provider": async () =>
    sending(exchangeProviderCode, { code: await exchangeSample(await createUser("exchange"), providerId) }),
};

for (const [name, prepare] of Object.entries(secrets))
  test(
    `[TK1] of 50 parallel uses of one ${name} exactly one succeeds`,
    { timeout: 900_000 },
    async (context) => {
      const wrong: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const use = await prepare();
        const outcomes = await Promise.all(Array.from({ length: parallel }, () => use()));
        const winners = outcomes.filter(Boolean).length;
        if (winners !== 1) wrong.push(`round ${round}: ${winners} succeeded`);
      }
      recordProof(context, {
        title: `Parallel uses of one ${name}`,
        tried: rounds * parallel,
        failed: wrong.length,
        note: `${rounds} × ${parallel}, one winner each`,
      });
      expect(wrong).toEqual([]);
    },
  );
