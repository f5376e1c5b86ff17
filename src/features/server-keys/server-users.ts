import { and, eq, sql } from "drizzle-orm";
import { accountDatabase, type Database, isUniqueViolation, users } from "../../db/index.ts";
import { AppError, notFound, reject } from "../../errors/app-error.ts";
import { isActable } from "../../http/server-key.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { newId } from "../../lib/ids.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { foldKey } from "../../text/fold-key.ts";
import { emailKey } from "../../domain/email-key.ts";
import { insertAccount } from "../auth/index.ts";
import { applyToHub, replaceUserWords, type UserRow } from "../users/index.ts";

/** What an application states about one of its users. Absent: unchanged. */
export interface ServerUser {
  username: string;
  displayName?: string | undefined;
  /** Null: none. */
  email?: string | null | undefined;
  role?: "member" | "guest" | undefined;
  active?: boolean | undefined;
}

/** Attempts to write a change, while concurrent requests change the same account. */
const maxAttempts = 5;

/** Finds the user with this id of the application. */
export const findServerUser = async (env: Env, externalId: string): Promise<UserRow | undefined> =>
  accountDatabase(env).select().from(users).where(eq(users.externalId, externalId)).get();

/**
 * Returns the user with this id of the application, if a server key may act for the user.
 *
 * @throws `not_found`; `forbidden` for one who has become an admin
 */
export const requireServerUser = async (env: Env, externalId: string): Promise<UserRow> =>
  requireActable((await findServerUser(env, externalId)) ?? notFound("user"));

function requireActable(row: UserRow): UserRow {
  if (!isActable(row)) reject("forbidden", "A server key does not act for the workspace's owner or admins");
  return row;
}

/**
 * Creates or updates the user with this id of the application. Of simultaneous requests with the same id one creates the user, and the
 * others update it.
 *
 * @returns `isNew`: whether this request created the user. `before`: the account before an update
 * @throws `conflict` if the username or address belongs to another user, or the username would change; `forbidden` for one who has become
 *   an admin
 */
export async function putServerUser(
  env: Env,
  externalId: string,
  given: ServerUser,
): Promise<{ row: UserRow; isNew: boolean; before?: UserRow }> {
  const before = await findServerUser(env, externalId);
  if (before) return { row: await updateServerUser(env, before, given), isNew: false, before };
  try {
    return { row: await insertServerUser(env, externalId, given), isNew: true };
  } catch (error) {
    const isTaken = error instanceof AppError && error.code === "conflict";
    if (!isTaken && !isUniqueViolation(error, "users.external_id")) throw error;
    const created = await findServerUser(env, externalId);
    if (!created) throw error;
    return { row: await updateServerUser(env, created, given), isNew: false, before: created };
  }
}

async function insertServerUser(env: Env, externalId: string, given: ServerUser): Promise<UserRow> {
  const { username, displayName = username, email, role = "member", active = true } = given;
  if (!active) reject("conflict", "There is no such user to deactivate");
  const nowMs = Date.now();
  const row = await insertAccount(accountDatabase(env), {
    id: newId("usr", nowMs),
    email: email ?? "",
    username,
    displayName,
    passwordHash: "",
    role,
    createdAt: nowMs,
    externalId,
  });
  failpoint("server-user:after-insert");
  return row;
}

/**
 * Updates a user of an application. The user's hub is notified before D1 is written that a change may follow: if the process dies after
 * the write, the hub reads the change by itself.
 *
 * @throws as `putServerUser`
 */
export async function updateServerUser(
  env: Env,
  found: UserRow,
  given: Partial<ServerUser>,
): Promise<UserRow> {
  const db = accountDatabase(env);
  let expectation: string | undefined;
  for (let row = found, attempt = 1; ; attempt++) {
    requireActable(row);
    const { displayName = row.displayName, active = row.active, role = row.role } = given;
    const email = given.email === undefined ? row.email : (given.email ?? "");
    if (given.username !== undefined && foldKey(given.username) !== row.usernameKey)
      reject("conflict", `A username never changes; the username of this user is ${row.username}`, {
        issues: [{ path: "username", message: "Must be the user's username" }],
      });
    const next = { displayName, email, role, active };
    const isSame =
      displayName === row.displayName && email === row.email && role === row.role && active === row.active;
    if (isSame && expectation === undefined) return row;
    expectation ??= await callObject(() => hubOf(env, row.id).announceAccountChange());
    const written = isSame ? row : await writeServerUser(db, row, next);
    if (written) {
      failpoint("account:after-record");
      await applyToHub(env, written, expectation);
      return written;
    }
    if (attempt >= maxAttempts)
      reject("conflict", "The account is being changed by another request; send this one again");
    row = (await findServerUser(env, row.externalId ?? "")) ?? notFound("user");
  }
}

/** Writes the account if it has not changed since it was read. @throws `conflict` for another user's address */
async function writeServerUser(
  db: Database,
  row: UserRow,
  { displayName, email, role, active }: Pick<UserRow, "displayName" | "email" | "role" | "active">,
): Promise<UserRow | undefined> {
  const values = {
    displayName,
    displayNameKey: foldKey(displayName),
    email,
    emailKey: email === "" ? row.id : emailKey(email),
    ...(email !== row.email && { emailConfirmedAt: null }),
    role,
    active,
    rev: sql`${users.rev} + 1`,
  };
  const update = db
    .update(users)
    .set(values)
    .where(and(eq(users.id, row.id), eq(users.rev, row.rev)))
    .returning();
  try {
    if (displayName === row.displayName) return await update.get();
    // The other account of that revision, if another request came first, has another display name or the same words.
    const isWritten = sql`EXISTS (SELECT 1 FROM users WHERE id = ${row.id} AND rev = ${row.rev + 1} AND display_name = ${displayName})`;
    const [[written]] = await db.batch([
      update,
      ...replaceUserWords(db, row.id, [row.username, displayName], isWritten),
    ]);
    return written;
  } catch (error) {
    if (!isUniqueViolation(error, "users.email_key")) throw error;
    return reject("conflict", "This e-mail address is taken", {
      issues: [{ path: "email", message: "Taken" }],
    });
  }
}
