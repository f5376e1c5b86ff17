import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { AccountFacts } from "../../domain/actor.ts";
import { foldKey } from "../../text/fold-key.ts";
import { accountDatabase, type Database, slashCommands, users } from "../../db/index.ts";
import type { Self, WorkspaceRole } from "../../protocol/index.ts";
import { presentSelf, type UserRow } from "./present.ts";
import { replaceUserWords } from "./words.ts";

/** Reads an account. Undefined if there is none. */
export async function findUser(db: Database, userId: string): Promise<UserRow | undefined> {
  return db.select().from(users).where(eq(users.id, userId)).get();
}

/** Returns the time zone of a user's profile, by its IANA name; UTC if the profile has none. */
export async function findTimeZone(env: Env, userId: string): Promise<string> {
  return (await findUser(accountDatabase(env), userId))?.timeZone ?? "UTC";
}

/** Reads the accounts that exist, in no particular order. At most 100 ids: each is a bound parameter. */
export async function findUsers(db: Database, userIds: string[]): Promise<UserRow[]> {
  return db.select().from(users).where(inArray(users.id, userIds));
}

/** The facts of an account that its hub stores. */
export function accountFacts({ id, username, role, active, rev, credentialVersion }: UserRow): AccountFacts {
  return { userId: id, username, role, active, rev, credentialVersion };
}

/** Reads the current account facts from D1, for the user's hub. Undefined if there is no such account. */
export async function readAccount(env: Env, userId: string): Promise<AccountFacts | undefined> {
  const row = await findUser(accountDatabase(env), userId);
  return row && accountFacts(row);
}

/** Reads the account facts together with the account as its owner sees it. Undefined if there is no such account. */
export async function readOwnAccount(
  env: Env,
  userId: string,
): Promise<{ account: AccountFacts; self: Self } | undefined> {
  const row = await findUser(accountDatabase(env), userId);
  return row && { account: accountFacts(row), self: presentSelf(row) };
}

export interface ProfileChange {
  displayName?: string | undefined;
  timeZone?: string | null | undefined;
  avatarFileId?: string | null | undefined;
}

const nextRev = { rev: sql`${users.rev} + 1` };

/** Updates the given fields of a profile. Returns the row, or undefined if there is no such account. */
export async function updateProfile(
  db: Database,
  userId: string,
  { displayName, timeZone, avatarFileId }: ProfileChange,
): Promise<UserRow | undefined> {
  const values = {
    displayName,
    displayNameKey: displayName === undefined ? undefined : foldKey(displayName),
    timeZone,
    avatarFileId,
    ...nextRev,
  };
  const update = db.update(users).set(values).where(eq(users.id, userId)).returning();
  if (displayName === undefined) return update.get();
  // A username never changes, so it can be read outside the batch.
  const before = await findUser(db, userId);
  if (!before) return undefined;
  const [[row]] = await db.batch([update, ...replaceUserWords(db, userId, [before.username, displayName])]);
  return row;
}

/** A condition for the update of another row: this account's `rev` is the one that was read. */
const isStillAsRead = ({ id, rev }: UserRow): SQL =>
  sql`EXISTS (SELECT 1 FROM users AS other WHERE other.id = ${id} AND other.rev = ${rev})`;

const isAsRead = ({ id, rev }: UserRow) => and(eq(users.id, id), eq(users.rev, rev));

/**
 * Updates the account if neither it nor the actor's account changed since they were read, and deletes the slash commands of a bot that is
 * deactivated. Returns the updated row, or none.
 */
export async function setRoleAndActive(
  db: Database,
  actor: UserRow,
  user: UserRow,
  { role, active }: { role: WorkspaceRole; active: boolean },
): Promise<UserRow[]> {
  const update = db
    .update(users)
    .set({ role, active, ...nextRev })
    .where(and(isAsRead(user), isStillAsRead(actor)))
    .returning();
  if (active || !user.isBot) return update;
  const isInactive = sql`EXISTS (SELECT 1 FROM users WHERE id = ${user.id} AND active = 0)`;
  const [rows] = await db.batch([
    update,
    db.delete(slashCommands).where(and(eq(slashCommands.userId, user.id), isInactive)),
  ]);
  return rows;
}

/**
 * Makes the user the owner, and the owner an admin, if neither row changed since it was read. Returns both updated rows, or none. There is
 * exactly one owner, so the second statement has an effect only if the first one had.
 */
export async function transferOwnership(db: Database, owner: UserRow, user: UserRow): Promise<UserRow[]> {
  const [before, after] = await db.batch([
    db
      .update(users)
      .set({ role: "admin", ...nextRev })
      .where(and(isAsRead(owner), eq(users.role, "owner"), isStillAsRead(user)))
      .returning(),
    db
      .update(users)
      .set({ role: "owner", active: true, ...nextRev })
      .where(and(isAsRead(user), sql`NOT EXISTS (SELECT 1 FROM users AS other WHERE other.role = 'owner')`))
      .returning(),
  ]);
  return [...before, ...after];
}
