import { and, eq, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { reject } from "../../errors/app-error.ts";
import { foldKey } from "../../text/fold-key.ts";
import { type Database, databaseErrorText, isUniqueViolation, users } from "../../db/index.ts";
import { emailKey } from "../../domain/email-key.ts";
import type { WorkspaceRole } from "../../protocol/index.ts";
import { isInviteSpent, rejectInvite, spendInvite } from "../invites/index.ts";
import { insertUserWords, type UserRow } from "../users/index.ts";

/** Finds an account by its e-mail address or username, ignoring case. Only an e-mail address contains `@`. */
export async function findByLogin(db: Database, login: string): Promise<UserRow | undefined> {
  const where = login.includes("@")
    ? eq(users.emailKey, emailKey(login))
    : eq(users.usernameKey, foldKey(login));
  return db.select().from(users).where(where).get();
}

/** Returns whether the workspace has an owner. */
export async function hasOwner(db: Database): Promise<boolean> {
  return (
    (await db
      .select({ id: users.id })
      .from(users)
      .where(sql`role = 'owner'`)
      .limit(1)
      .get()) !== undefined
  );
}

export interface NewAccount {
  id: string;
  email: string;
  username: string;
  displayName: string;
  /** Empty for an account without a password. An expression that may be NULL makes the insertion conditional. */
  passwordHash: string | SQL<string>;
  role: WorkspaceRole;
  createdAt: number;
  isBot?: boolean;
  externalId?: string;
  /** The invite to spend. */
  inviteId?: string | null;
  /** The roles that may invite: `inviterRoles`. Required with an invite. */
  inviterRoles?: readonly WorkspaceRole[];
  emailConfirmedAt?: number | null;
}

/**
 * Inserts an account, and spends its invite in the same transaction. Unique keys in D1 decide about simultaneous registrations: of two
 * with the same name, one fails; of two that would both be the owner, one becomes a member.
 *
 * @param also further statements of the transaction
 * @throws `conflict` if the username or the e-mail address is taken; `forbidden` if the invite was used up meanwhile, or its creator may no
 *   longer invite
 */
export async function insertAccount(
  db: Database,
  { inviterRoles = [], ...account }: NewAccount,
  also: readonly BatchItem<"sqlite">[] = [],
): Promise<UserRow> {
  const keys = {
    // An account without an address gets a key that no address has.
    emailKey: account.email === "" ? account.id : emailKey(account.email),
    usernameKey: foldKey(account.username),
    displayNameKey: foldKey(account.displayName),
  };
  try {
    const [[row]] = await db.batch([
      db
        .insert(users)
        .values({ ...account, ...keys, usernameKey: unlessGroupHandle(keys.usernameKey) })
        .returning(),
      insertUserWords(db, account.id, [account.username, account.displayName]),
      ...(account.inviteId ? [spendInvite(db, account.inviteId, { nowMs: Date.now(), inviterRoles })] : []),
      ...also,
    ]);
    return row as UserRow;
  } catch (error) {
    if (isUniqueViolation(error, "users.username_key") || isHandleOfGroup(error))
      return rejectTaken("username");
    if (isUniqueViolation(error, "users.email_key")) return rejectTaken("email");
    if (isInviteSpent(error)) return rejectInvite();
    if (account.role === "owner" && isUniqueViolation(error, "users.role"))
      return insertAccount(db, { ...account, inviterRoles, role: "member" }, also);
    throw error;
  }
}

/** The key of a username; NULL, which the column does not permit, if a user group has it as its handle. */
const unlessGroupHandle = (key: string): SQL<string> =>
  sql`(SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM user_groups WHERE handle = ${key}) THEN ${key} END)`;

const isHandleOfGroup = (error: unknown): boolean =>
  databaseErrorText(error).includes("NOT NULL constraint failed: users.username_key");

/** @throws `conflict`, always */
export function rejectTaken(path: "username" | "email"): never {
  const label = path === "email" ? "e-mail address" : "username";
  return reject("conflict", `This ${label} is taken`, { issues: [{ path, message: "Taken" }] });
}

/**
 * Replaces the password that was verified, and invalidates all sessions by a new `credentialVersion`.
 *
 * @returns the account; undefined if its credentials have changed since they were verified
 */
export async function replacePassword(
  db: Database,
  verified: UserRow,
  passwordHash: string,
): Promise<UserRow | undefined> {
  return db
    .update(users)
    .set({ passwordHash, credentialVersion: sql`${users.credentialVersion} + 1`, rev: sql`${users.rev} + 1` })
    .where(and(eq(users.id, verified.id), eq(users.credentialVersion, verified.credentialVersion)))
    .returning()
    .get();
}

/**
 * Sets a new password by a token of a mail, which proves the e-mail address too, and invalidates all sessions. Of several requests with
 * one token, one succeeds, since it raises the `credentialVersion`.
 *
 * @returns the account; undefined if the token was used, or the password or the address changed since it was issued
 */
export async function resetPasswordOf(
  db: Database,
  { id, credentialVersion, emailKey: key }: Pick<UserRow, "id" | "credentialVersion" | "emailKey">,
  passwordHash: string,
): Promise<UserRow | undefined> {
  return db
    .update(users)
    .set({
      passwordHash,
      credentialVersion: sql`${users.credentialVersion} + 1`,
      rev: sql`${users.rev} + 1`,
      emailConfirmedAt: sql`coalesce(${users.emailConfirmedAt}, ${Date.now()})`,
    })
    .where(
      and(
        eq(users.id, id),
        eq(users.credentialVersion, credentialVersion),
        eq(users.emailKey, key),
        eq(users.active, true),
      ),
    )
    .returning()
    .get();
}

/** Replaces a hash of a lower cost by one of the same password. Changes nothing if the password was changed meanwhile. */
export async function upgradeHash(db: Database, verified: UserRow, passwordHash: string): Promise<void> {
  await db
    .update(users)
    .set({ passwordHash })
    .where(and(eq(users.id, verified.id), eq(users.passwordHash, verified.passwordHash)));
}

/** Confirms the address of an account. Undefined if it is confirmed already, or has changed. */
export async function setEmailConfirmed(
  db: Database,
  userId: string,
  key: string,
): Promise<UserRow | undefined> {
  return db
    .update(users)
    .set({ emailConfirmedAt: Date.now(), rev: sql`${users.rev} + 1` })
    .where(and(eq(users.id, userId), eq(users.emailKey, key), isNull(users.emailConfirmedAt)))
    .returning()
    .get();
}

/**
 * Replaces the address of an account by a confirmed one.
 *
 * @returns undefined if the address or the password has changed since, or another account has the new one
 */
export async function setEmail(
  db: Database,
  userId: string,
  { fromKey, credentialVersion, email }: { fromKey: string; credentialVersion: number; email: string },
): Promise<UserRow | undefined> {
  try {
    return await db
      .update(users)
      .set({ email, emailKey: emailKey(email), emailConfirmedAt: Date.now(), rev: sql`${users.rev} + 1` })
      .where(
        and(
          eq(users.id, userId),
          eq(users.emailKey, fromKey),
          eq(users.credentialVersion, credentialVersion),
          ne(users.email, email),
          eq(users.active, true),
        ),
      )
      .returning()
      .get();
  } catch (error) {
    if (isUniqueViolation(error, "users.email_key")) return undefined;
    throw error;
  }
}
