import { and, eq } from "drizzle-orm";
import type { OidcProvider } from "../../config.ts";
import { accountDatabase, type Database, identities, isUniqueViolation, users } from "../../db/index.ts";
import { AppError } from "../../errors/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { asciiDomain, type AuditAction, Email, label, Username } from "../../protocol/index.ts";
import { emailKey, isSameMailbox } from "../../domain/email-key.ts";
import { hasOwner, insertAccount } from "../auth/index.ts";
import { findUser, type UserRow } from "../users/index.ts";
import { linkIdentity } from "./link-identity.ts";
import { LoginError } from "./login-error.ts";
import type { ProviderClaims } from "./provider-client.ts";

/** The account of a user of a provider, and what was done to find it. */
export interface FoundAccount {
  row: UserRow;
  /** For the audit log; undefined if the identity was linked before. */
  action?: Extract<AuditAction, "account.link_identity" | "account.register">;
}

const DisplayName = label(1, 80);

/** Attempts to find a free username. */
const maxAttempts = 5;

/**
 * Finds the account to which a user of a provider is linked; otherwise links the account with the same verified e-mail address, or
 * creates one, as far as the provider's configuration permits. The unique keys of D1 decide about simultaneous logins.
 *
 * @throws LoginError
 */
export async function findAccount(
  env: Env,
  provider: OidcProvider,
  claims: ProviderClaims,
): Promise<FoundAccount> {
  const db = accountDatabase(env);
  requireDomain(provider, claims);
  const linked = await findLinked(db, provider, claims);
  if (linked) return { row: requireUsable(linked) };
  const email = Email.safeParse(claims.verifiedEmail);
  if (!email.success) throw new LoginError("email_not_verified");
  const same = await db
    .select()
    .from(users)
    .where(eq(users.emailKey, emailKey(email.data)))
    .get();
  if (same) {
    if (provider.linkBy === "none" || !isSameMailbox(same.email, email.data))
      throw new LoginError("no_account");
    const row = await linkIdentity(env, requireUsable(same), { provider: provider.id, ...claims });
    return { row, action: "account.link_identity" };
  }
  if (!provider.createAccounts || !(await hasOwner(db))) throw new LoginError("no_account");
  return createAccount(db, provider, claims, email.data);
}

async function findLinked(
  db: Database,
  { id }: OidcProvider,
  { issuer, subject }: ProviderClaims,
): Promise<UserRow | undefined> {
  const identity = await db
    .select()
    .from(identities)
    .where(and(eq(identities.provider, id), eq(identities.subject, subject)))
    .get();
  if (!identity) return undefined;
  if (identity.issuer !== issuer) throw new LoginError("login_failed");
  return (await findUser(db, identity.userId)) ?? noAccount();
}

/** @throws LoginError if the provider accepts only some domains, and the verified address has another one */
function requireDomain({ allowedDomains }: OidcProvider, { verifiedEmail }: ProviderClaims): void {
  if (allowedDomains.length === 0) return;
  if (verifiedEmail === undefined) throw new LoginError("email_not_verified");
  const domain = asciiDomain(verifiedEmail.slice(verifiedEmail.lastIndexOf("@") + 1));
  if (domain === undefined || !allowedDomains.includes(domain)) throw new LoginError("domain_not_allowed");
}

const noAccount = (): never => {
  throw new LoginError("no_account");
};

const requireUsable = (row: UserRow): UserRow =>
  row.active && !row.isBot && row.erasedAt === null ? row : noAccount();

async function createAccount(
  db: Database,
  provider: OidcProvider,
  claims: ProviderClaims,
  email: string,
): Promise<FoundAccount> {
  const nowMs = Date.now();
  const id = newId("usr", nowMs);
  const { issuer, subject } = claims;
  const base = usernameFrom(claims.username ?? "") ?? usernameFrom(email.split("@")[0] ?? "") ?? "user";
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const username = attempt === 1 ? base : `${base.slice(0, 26)}-${randomDigits()}`;
    const account = {
      id,
      email,
      username,
      displayName: DisplayName.safeParse(claims.displayName).data ?? username,
      passwordHash: "",
      role: "member" as const,
      createdAt: nowMs,
      emailConfirmedAt: nowMs,
    };
    const identity = { provider: provider.id, subject, issuer, userId: id, createdAt: nowMs };
    try {
      const row = await insertAccount(db, account, [db.insert(identities).values(identity)]);
      return { row, action: "account.register" };
    } catch (error) {
      if (error instanceof AppError && error.issues?.some(({ path }) => path === "username")) continue;
      // Another request of the same user created the account meanwhile.
      const isTaken = error instanceof AppError || isUniqueViolation(error, "identities.");
      const row = isTaken ? await findLinked(db, provider, claims) : undefined;
      if (row) return { row: requireUsable(row) };
      throw isTaken ? new LoginError("login_failed") : error;
    }
  }
  throw new LoginError("login_failed");
}

/** Returns a valid username made of a text; undefined if it has no usable characters. */
function usernameFrom(text: string): string | undefined {
  let name = text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, "")
    .slice(0, 32);
  while (name.endsWith(".")) name = name.slice(0, -1);
  return Username.safeParse(name).data;
}

const randomDigits = (): string => String(crypto.getRandomValues(new Uint16Array(1))[0]);
