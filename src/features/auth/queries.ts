import { and, eq, sql } from "drizzle-orm";
import { reject } from "../../errors/app-error.ts";
import { foldKey } from "../../text/fold-key.ts";
import { type Database, isUniqueViolation, users } from "../../db/index.ts";
import { asciiDomain, type WorkspaceRole } from "../../protocol/index.ts";
import { insertUserWords, type UserRow } from "../users/index.ts";

/** The account with this e-mail or username, in whatever case. A username has no `@`. */
export async function findByLogin(db: Database, login: string): Promise<UserRow | undefined> {
  const where = login.includes("@")
    ? eq(users.emailKey, emailKey(login))
    : eq(users.usernameKey, foldKey(login));
  return db.select().from(users).where(where).get();
}

/** The key under which an e-mail address is unique: an international domain and its Punycode are one. */
export function emailKey(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return foldKey(`${address.slice(0, at)}@${asciiDomain(domain) ?? domain}`);
}

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
  passwordHash: string;
  role: WorkspaceRole;
  createdAt: number;
}

/**
 * Makes the account; its names are decided here, by the unique keys. `conflict` when one is taken. Who comes second to being
 * the first owner becomes a member.
 */
export async function insertAccount(db: Database, account: NewAccount): Promise<UserRow> {
  const keys = {
    emailKey: emailKey(account.email),
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
    ]);
    return row as UserRow;
  } catch (error) {
    if (isUniqueViolation(error, "users.username_key")) return taken("username");
    if (isUniqueViolation(error, "users.email_key")) return taken("email");
    if (account.role === "owner" && isUniqueViolation(error, "users.role"))
      return insertAccount(db, { ...account, role: "member" });
    throw error;
  }
}

function taken(path: "username" | "email"): never {
  const what = path === "email" ? "e-mail address" : "username";
  return reject("conflict", `This ${what} is taken`, { issues: [{ path, message: "Taken" }] });
}

/**
 * Puts a new password in the place of the one that was verified, and outdates all sessions. Undefined when the credentials
 * changed since.
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
