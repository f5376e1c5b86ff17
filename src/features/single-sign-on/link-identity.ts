import { and, eq, sql } from "drizzle-orm";
import { accountDatabase, identities, users } from "../../db/index.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { applyToHub, findUser, type UserRow } from "../users/index.ts";
import { LoginError } from "./login-error.ts";

/**
 * Links an account to a user of a provider, who has proved to own its e-mail address. If the account's user has never proved that,
 * another person may have registered it: its password, second factors and sessions end first. The owner of the workspace keeps them, since
 * the setup token proves who registered that account. A crash leaves the account without a link, and the next login repeats all steps.
 *
 * @returns the account as it is then
 * @throws LoginError if the account is changed at the same time
 */
export async function linkIdentity(
  env: Env,
  account: UserRow,
  { provider, subject, issuer }: { provider: string; subject: string; issuer: string },
): Promise<UserRow> {
  const db = accountDatabase(env);
  const isProved = account.emailConfirmedAt !== null || account.role === "owner";
  const row = isProved ? account : await withoutCredentials(env, account);
  failpoint("account:after-record");
  const nowMs = Date.now();
  const confirmed = { emailConfirmedAt: sql`coalesce(${users.emailConfirmedAt}, ${nowMs})` };
  await db.batch([
    db
      .insert(identities)
      .values({ provider, subject, issuer, userId: row.id, createdAt: nowMs })
      .onConflictDoNothing(),
    db.update(users).set(confirmed).where(eq(users.id, row.id)),
  ]);
  const identity = await db
    .select()
    .from(identities)
    .where(and(eq(identities.provider, provider), eq(identities.subject, subject)))
    .get();
  const linked = identity?.userId === row.id ? await findUser(db, row.id) : undefined;
  if (!linked) throw new LoginError("login_failed");
  return linked;
}

/** Removes the password and the second factors of an account, and ends its sessions. */
async function withoutCredentials(env: Env, account: UserRow): Promise<UserRow> {
  const db = accountDatabase(env);
  const expectation = await callObject(() => hubOf(env, account.id).announceAccountChange());
  const row = await db
    .update(users)
    .set({
      passwordHash: "",
      credentialVersion: sql`${users.credentialVersion} + 1`,
      rev: sql`${users.rev} + 1`,
    })
    .where(and(eq(users.id, account.id), eq(users.rev, account.rev)))
    .returning()
    .get();
  if (!row) throw new LoginError("login_failed");
  await applyToHub(env, row, expectation);
  await callObject(() => hubOf(env, row.id).resetSecondFactors());
  return row;
}
