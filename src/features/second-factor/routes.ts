import { type Context, Hono } from "hono";
import { base64url } from "jose";
import { accountDatabase } from "../../db/index.ts";
import { passkeyAlgorithms } from "../../domain/second-factor.ts";
import { notFound } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { noStore, reply } from "../../http/reply.ts";
import { acceptCookieSession } from "../../http/session-cookies.ts";
import { body, validate } from "../../http/validate.ts";
import { passkeyScope } from "../../http/passkey-scope.ts";
import * as api from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { countCode, delayRejections, presentChallenge } from "../auth/index.ts";
import { findUser } from "../users/index.ts";
import { passSecondFactor } from "./answer.ts";
import { logInWithPasskey, passkeyLoginOptions, requirePasskeyScope } from "./passkey-login.ts";
import { codeLimit, withProof } from "./prove.ts";
import { resetSecondFactors } from "./reset.ts";

const own = (c: Context<AppEnv>) => hubOf(c.env, c.var.actor.userId);
const restricted = () => authenticate({ restricted: true });

function recordChange(
  c: Context<AppEnv>,
  action: "second_factor.add" | "second_factor.remove",
  kind: string,
) {
  recordAudit(c, { action, objectId: c.var.actor.userId, detail: { kind } });
}

/** The routes of second factors: login with one, enabling and removing them. */
export const secondFactorRoutes = new Hono<AppEnv>()
  .post(
    api.answerSecondFactor.path,
    noStore,
    acceptCookieSession,
    delayRejections,
    body(api.answerSecondFactor.body),
    async (c) => reply(c, api.answerSecondFactor, await passSecondFactor(c, c.req.valid("json"))),
  )

  .post(api.beginSecondFactor.path, restricted(), async (c) => {
    const { sessionId } = c.var.actor;
    const issued = unwrap(await callObject(() => own(c).challengeSession(sessionId)));
    return reply(c, api.beginSecondFactor, {
      mfa: presentChallenge(issued, passkeyScope(c.var.config, c.req.raw)),
    });
  })

  .post(api.createPasskeyLoginOptions.path, noStore, (c) =>
    reply(c, api.createPasskeyLoginOptions, passkeyLoginOptions(c)),
  )

  .post(
    api.loginWithPasskey.path,
    noStore,
    acceptCookieSession,
    delayRejections,
    body(api.loginWithPasskey.body),
    async (c) => reply(c, api.loginWithPasskey, await logInWithPasskey(c, c.req.valid("json"))),
  )

  .get(api.getSecondFactors.path, restricted(), async (c) => {
    const { sessionId } = c.var.actor;
    return reply(
      c,
      api.getSecondFactors,
      unwrap(await callObject(() => own(c).listSecondFactors(sessionId))),
    );
  })

  .post(api.createTotp.path, restricted(), async (c) => {
    const { sessionId } = c.var.actor;
    return reply(c, api.createTotp, unwrap(await callObject(() => own(c).createTotp(sessionId))));
  })

  .post(api.confirmTotp.path, restricted(), delayRejections, body(api.confirmTotp.body), async (c) => {
    const { userId, sessionId } = c.var.actor;
    const { code } = c.req.valid("json");
    const confirmed = await countCode(c.env, codeLimit(c, userId), () =>
      callObject(() => own(c).confirmTotp(sessionId, code), { tries: 1 }),
    );
    recordChange(c, "second_factor.add", "totp");
    return reply(c, api.confirmTotp, confirmed);
  })

  .delete(api.deleteTotp.path, authenticate(), delayRejections, body(api.deleteTotp.body), async (c) => {
    const { sessionId } = c.var.actor;
    await withProof(c, c.req.valid("json"), (proof) =>
      callObject(() => own(c).changeSecondFactors(sessionId, { kind: "removeTotp", proof }), { tries: 1 }),
    );
    recordChange(c, "second_factor.remove", "totp");
    return reply(c, api.deleteTotp);
  })

  .post(
    api.createRecoveryCodes.path,
    authenticate(),
    delayRejections,
    body(api.createRecoveryCodes.body),
    async (c) => {
      const { sessionId } = c.var.actor;
      const codes = await withProof(c, c.req.valid("json"), (proof) =>
        callObject(() => own(c).changeSecondFactors(sessionId, { kind: "replaceRecoveryCodes", proof }), {
          tries: 1,
        }),
      );
      recordChange(c, "second_factor.add", "recovery");
      return reply(c, api.createRecoveryCodes, codes);
    },
  )

  .post(api.createPasskeyOptions.path, restricted(), async (c) => {
    const { userId, sessionId } = c.var.actor;
    const { rpId } = requirePasskeyScope(c);
    const row = (await findUser(accountDatabase(c.env), userId)) ?? notFound("user");
    const { challenge, excluded } = unwrap(await callObject(() => own(c).beginPasskey(sessionId)));
    return reply(c, api.createPasskeyOptions, {
      challenge,
      rp: { id: rpId, name: "Parley" },
      user: { id: base64url.encode(userId), name: row.username, displayName: row.displayName },
      pubKeyCredParams: passkeyAlgorithms.map((alg) => ({ type: "public-key", alg })),
      timeout: 300_000,
      attestation: "none",
      excludeCredentials: excluded.map((id) => ({ type: "public-key", id })),
      authenticatorSelection: {
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
    });
  })

  .post(api.createPasskey.path, restricted(), body(api.createPasskey.body), async (c) => {
    const { sessionId } = c.var.actor;
    const { id: credentialId, name = "Passkey", response } = c.req.valid("json");
    const { clientDataJSON, attestationObject, transports = [] } = response;
    const scope = requirePasskeyScope(c);
    const created = { credentialId, clientDataJSON, attestationObject, transports, name, scope };
    const added = unwrap(await callObject(() => own(c).addPasskey(sessionId, created), { tries: 1 }));
    recordChange(c, "second_factor.add", "passkey");
    return reply(c, api.createPasskey, added);
  })

  .get(api.getPasskeys.path, restricted(), async (c) =>
    reply(c, api.getPasskeys, { items: await callObject(() => own(c).listPasskeys()), nextCursor: null }),
  )

  .patch(
    api.updatePasskey.path,
    authenticate(),
    validate("param", api.updatePasskey.params),
    body(api.updatePasskey.body),
    async (c) => {
      const { passkeyId } = c.req.valid("param");
      const { name } = c.req.valid("json");
      return reply(
        c,
        api.updatePasskey,
        unwrap(await callObject(() => own(c).renamePasskey(passkeyId, name))),
      );
    },
  )

  .delete(
    api.deletePasskey.path,
    authenticate(),
    delayRejections,
    validate("param", api.deletePasskey.params),
    body(api.deletePasskey.body),
    async (c) => {
      const { sessionId } = c.var.actor;
      const { passkeyId } = c.req.valid("param");
      await withProof(c, c.req.valid("json"), (proof) =>
        callObject(() => own(c).changeSecondFactors(sessionId, { kind: "removePasskey", passkeyId, proof }), {
          tries: 1,
        }),
      );
      recordChange(c, "second_factor.remove", "passkey");
      return reply(c, api.deletePasskey);
    },
  )

  .delete(
    api.resetSecondFactors.path,
    authenticate(),
    validate("param", api.resetSecondFactors.params),
    async (c) => {
      const { userId } = c.req.valid("param");
      await resetSecondFactors(c.env, c.var.actor, userId);
      recordAudit(c, { action: "second_factor.remove", objectId: userId, detail: { kind: "all" } });
      return reply(c, api.resetSecondFactors);
    },
  );
