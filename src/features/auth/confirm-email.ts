import type { Config } from "../../config.ts";
import { type ConfirmClaims, readConfirmToken } from "../../domain/mail-tokens.ts";
import { mailDriver } from "../../domain/registration-mode.ts";
import { AppError, invalidField } from "../../errors/app-error.ts";
import { queueMail } from "../../http/queue-mail.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { accountDatabase } from "../../db/index.ts";
import { emailKey } from "../../domain/email-key.ts";
import { applyToHub, findUser, type UserRow } from "../users/index.ts";
import { deletePending, findPending } from "./pending-registrations.ts";
import { insertAccount, setEmail, setEmailConfirmed } from "./queries.ts";
import { findInvitedRole, inviterRoles } from "../invites/index.ts";

/** What a token confirmed. */
export interface Confirmation {
  kind: ConfirmClaims["kind"];
  row: UserRow;
}

/** @throws `validation_failed`, always: for a token that is forged, expired, used or superseded */
export function rejectMailToken(): never {
  throw invalidField("token", "Not valid, or no longer valid", "The link is not valid, or no longer valid");
}

/**
 * Uses up a token of a mail: creates the account of a registration, confirms the address of an account, or replaces it.
 *
 * @throws `validation_failed` for a token that cannot be used; `conflict` if the username of the registration was taken meanwhile;
 *   `forbidden` if its invite was used up meanwhile, or its creator may no longer invite; `unavailable`
 */
export async function confirmEmail(
  env: Env,
  config: Config,
  { token, origin }: { token: string; origin: string },
): Promise<Confirmation> {
  const claims = readConfirmToken(config.REFRESH_TOKEN_KEY, token, Date.now()) ?? rejectMailToken();
  switch (claims.kind) {
    case "registration":
      return { kind: claims.kind, row: await createAccount(env, config, claims.pendingId) };
    case "address":
      return { kind: claims.kind, row: await confirmAddress(env, claims) };
    case "change":
      return { kind: claims.kind, row: await replaceAddress(env, config, claims, origin) };
  }
}

async function createAccount(env: Env, config: Config, pendingId: string): Promise<UserRow> {
  const db = accountDatabase(env);
  const pending = (await findPending(db, pendingId)) ?? rejectMailToken();
  const { id, email, username, displayName, passwordHash, inviteId } = pending;
  const nowMs = Date.now();
  const role = inviteId === null ? "member" : await findInvitedRole(db, inviteId);
  const account = {
    ...{ id, email, username, displayName, passwordHash, inviteId, role },
    inviterRoles: inviterRoles(config),
  };
  try {
    return await insertAccount(db, { ...account, createdAt: nowMs, emailConfirmedAt: nowMs }, [
      deletePending(db, id),
    ]);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "conflict") throw error;
    // Another request used the token, or the address got an account meanwhile.
    if (error.issues?.[0]?.path === "email" || !(await findPending(db, id))) rejectMailToken();
    throw error;
  }
}

async function confirmAddress(
  env: Env,
  { userId, emailKey: key }: Extract<ConfirmClaims, { kind: "address" }>,
): Promise<UserRow> {
  const db = accountDatabase(env);
  const before = (await findUser(db, userId)) ?? rejectMailToken();
  if (before.emailConfirmedAt !== null || before.emailKey !== key) rejectMailToken();
  const expectation = await callObject(() => hubOf(env, userId).announceAccountChange());
  const row = (await setEmailConfirmed(db, userId, key)) ?? rejectMailToken();
  failpoint("account:after-record");
  await applyToHub(env, row, expectation);
  return row;
}

async function replaceAddress(
  env: Env,
  config: Config,
  { userId, emailKey: fromKey, credentialVersion, email }: Extract<ConfirmClaims, { kind: "change" }>,
  origin: string,
): Promise<UserRow> {
  const db = accountDatabase(env);
  const before = (await findUser(db, userId)) ?? rejectMailToken();
  if (before.emailKey !== fromKey || before.email === email || !before.active) rejectMailToken();
  if (before.credentialVersion !== credentialVersion) return rejectMailToken();
  if (mailDriver(config))
    await queueMail(
      env,
      { kind: "addressChanged", userId, email: before.email, emailKey: emailKey(email) },
      { origin, followsWrite: true },
    );
  const expectation = await callObject(() => hubOf(env, userId).announceAccountChange());
  const row = (await setEmail(db, userId, { fromKey, credentialVersion, email })) ?? rejectMailToken();
  failpoint("account:after-record");
  await applyToHub(env, row, expectation);
  return row;
}
