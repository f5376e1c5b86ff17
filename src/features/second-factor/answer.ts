import type { Context } from "hono";
import type { z } from "zod";
import { accountDatabase } from "../../db/index.ts";
import type { SecondFactorAnswer } from "../../domain/second-factor.ts";
import { userOfTicket } from "../../domain/ticket-text.ts";
import { AppError, invalidField, reject } from "../../errors/app-error.ts";
import type { AppEnv } from "../../http/context.ts";
import { deviceOf } from "../../http/device.ts";
import { type answerSecondFactor, type UserAndTokens, UserId } from "../../protocol/index.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { countCode, issueTokens } from "../auth/index.ts";
import { accountFacts, findUser, presentSelf } from "../users/index.ts";
import { readPolicy } from "../workspace/index.ts";
import { requirePasskeyScope, signedAssertion } from "./passkey-login.ts";
import { codeLimit } from "./prove.ts";

type Given = z.output<(typeof answerSecondFactor)["body"]>;

/**
 * Begins the session of a login whose second factor is correct. Each answer counts as a check of the account, with its password checks.
 *
 * @throws `unauthenticated` for a wrong answer or a token that is not valid, `rate_limited`, or `unavailable` if an object or D1 does not
 *   answer
 */
export async function passSecondFactor(
  c: Context<AppEnv>,
  given: Given,
): Promise<z.infer<typeof UserAndTokens>> {
  const { env } = c;
  const { config } = c.var;
  const answer = answerOf(c, given);
  const userId = UserId.safeParse(userOfTicket(config.REFRESH_TOKEN_KEY, given.token, ["login"]));
  const row = userId.success ? await findUser(accountDatabase(env), userId.data) : undefined;
  if (!row?.active) return reject("unauthenticated", "The login has expired or was completed; log in again");
  const begin = { account: accountFacts(row), ...deviceOf(c.req.raw), policy: await readPolicy(env) };
  const credentials = await countCode(env, codeLimit(c, row.id), () =>
    callObject(() => hubOf(env, row.id).answerSecondFactor(given.token, answer, begin), { tries: 1 }),
  ).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "unauthenticated")
      recordAudit(c, { action: "session.reject", objectId: row.id, detail: { method: answer.method } });
    throw error;
  });
  const by = { actorId: row.id, objectId: row.id };
  if (answer.method === "recovery") recordAudit(c, { action: "second_factor.use_recovery_code", ...by });
  recordAudit(c, { action: "session.begin", ...by, detail: { method: `password+${answer.method}` } });
  return { user: presentSelf(row), tokens: await issueTokens(c, credentials) };
}

function answerOf(c: Context<AppEnv>, { method, code, assertion }: Given): SecondFactorAnswer {
  if (method === "passkey") {
    if (!assertion || code !== undefined)
      throw invalidField("assertion", "Is required for this method, without `code`");
    return { method, assertion: signedAssertion(assertion), scope: requirePasskeyScope(c) };
  }
  if (code === undefined || assertion)
    throw invalidField("code", "Is required for this method, without `assertion`");
  return { method, code };
}
