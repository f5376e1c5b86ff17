import { and, eq, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { reject } from "../../errors/app-error.ts";
import { foldKey } from "../../text/fold-key.ts";
import { type Database, isUniqueViolation, users } from "../../db/index.ts";
import { asciiDomain, type WorkspaceRole } from "../../protocol/index.ts";
import { insertUserWords, type UserRow } from "../users/index.ts";

/** Finds an account by its e-mail address or username, ignoring case. Only an e-mail address contains `@`. */
export async function findByLogin(db: Database, login: string): Promise<UserRow | undefined> {
  const where = login.includes("@")
    ? eq(users.emailKey, emailKey(login))
    : eq(users.usernameKey, foldKey(login));
  return db.select().from(users).where(where).get();
}

/** Returns the key under which an e-mail address is unique. An international domain has the same key as its Punycode. */
export function emailKey(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return foldKey(`${address.slice(0, at)}@${asciiDomain(domain) ?? domain}`);
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
  emailConfirmedAt?: number;
}

/**
 * Inserts an account. Unique keys in D1 decide about simultaneous registrations: of two with the same name, one fails; of two that would
 * both be the owner, one becomes a member.
 *
 * @param also further writes of the same transaction
 * @throws `conflict` if the username or the e-mail address is taken
 */
export async function insertAccount(
  db: Database,
  account: NewAccount,
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
        .values({ ...account, ...keys })
        .returning(),
      insertUserWords(db, account.id, [account.username, account.displayName]),
      ...also,
    ]);
    return row as UserRow;
  } catch (error) {
    if (isUniqueViolation(error, "users.username_key")) return rejectTaken("username");
    if (isUniqueViolation(error, "users.email_key")) return rejectTaken("email");
    if (account.role === "owner" && isUniqueViolation(error, "users.role"))
      return insertAccount(db, { ...account, role: "member" }, also);
    throw error;
  }
}

function rejectTaken(path: "username" | "email"): never {
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
