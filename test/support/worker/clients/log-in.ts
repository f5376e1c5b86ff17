import type { z } from "zod";
import { login, type MfaChallenge, type UserAndTokens } from "../../../../src/protocol/index.ts";
import { expectOk } from "./endpoint-client.ts";

type Credentials = { login: string; password: string };

/** Logs in to an account without a second factor. */
export async function logIn(
  body: Credentials,
  headers: Record<string, string> = {},
): Promise<z.infer<typeof UserAndTokens>> {
  const result = await expectOk(login, { body, headers });
  if ("mfa" in result) throw new Error("The account has a second factor");
  return result;
}

/** Logs in to an account with a second factor. */
export async function beginLogin(
  body: Credentials,
  headers: Record<string, string> = {},
): Promise<MfaChallenge> {
  const result = await expectOk(login, { body, headers });
  if (!("mfa" in result)) throw new Error("The account has no second factor");
  return result.mfa;
}
