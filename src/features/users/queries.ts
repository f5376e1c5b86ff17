import { eq } from "drizzle-orm";
import type { AccountFacts } from "../../core/actor.ts";
import { foldKey } from "../../core/fold.ts";
import { accounts, type Database, users } from "../../db/index.ts";
import type { UserRow } from "./present.ts";

export async function findUser(db: Database, userId: string): Promise<UserRow | undefined> {
  return db.select().from(users).where(eq(users.id, userId)).get();
}

/** The part of an account that its hub keeps. */
export function accountFacts({ id, username, role, active, rev, credentialVersion }: UserRow): AccountFacts {
  return { userId: id, username, role, active, rev, credentialVersion };
}

/** The account as D1 has it now, for its hub; undefined where there is none. */
export async function readAccount(env: Env, userId: string): Promise<AccountFacts | undefined> {
  const row = await findUser(accounts(env), userId);
  return row && accountFacts(row);
}

export interface ProfileChange {
  displayName?: string | undefined;
  timeZone?: string | null | undefined;
}

/** Changes what is given and nothing else. Rooms keep none of it, so `rev` stays. */
export async function updateProfile(
  db: Database,
  userId: string,
  change: ProfileChange,
): Promise<UserRow | undefined> {
  const { displayName, timeZone } = change;
  if (displayName === undefined && timeZone === undefined) return findUser(db, userId);
  const values = {
    displayName,
    displayNameKey: displayName === undefined ? undefined : foldKey(displayName),
    timeZone,
  };
  return db.update(users).set(values).where(eq(users.id, userId)).returning().get();
}
