import { and, eq, isNotNull, isNull, ne, or, sql } from "drizzle-orm";
import {
  accountDatabase,
  deleteRowsOfUser,
  invites,
  pendingRegistrations,
  users,
  writeBatch,
} from "../../db/index.ts";
import { reject } from "../../errors/app-error.ts";
import { randomToken } from "../../lib/ids.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { foldKey } from "../../text/fold-key.ts";
import { applyToHub } from "./apply-to-hub.ts";
import type { UserRow } from "./present.ts";
import { findUser } from "./queries.ts";

const displayName = "Deleted user";

/**
 * Replaces an account by that of a deleted user, in D1 and in the user's hub, which ends all sessions. The id stays, so that kept messages have
 * an author; the new username is random and cannot be logged in with. May be repeated: an erased account is not changed again.
 *
 * @returns the row as it is then; undefined if there is no such account
 * @throws `conflict` for the owner of the workspace
 */
export async function eraseUser(env: Env, userId: string): Promise<UserRow | undefined> {
  const db = accountDatabase(env);
  const before = await findUser(db, userId);
  if (!before) return undefined;
  if (before.role === "owner")
    reject("conflict", "The owner transfers the ownership before the account is erased");
  const expectation =
    before.erasedAt === null ? await callObject(() => hubOf(env, userId).announceAccountChange()) : undefined;
  if (before.erasedAt === null) await eraseRows(env, before);
  const row = await findUser(db, userId);
  if (!row || row.erasedAt === null)
    return reject("conflict", "The account was changed by another request; try again");
  await applyToHub(env, row, expectation);
  return row;
}

async function eraseRows(env: Env, { id: userId, emailKey, inviteId }: UserRow): Promise<void> {
  const db = accountDatabase(env);
  // No person can guess it before, and so take it. Usernames have no upper-case letters.
  const username = `deleted-${randomToken(15).toLowerCase().replaceAll("_", "-").slice(0, 16)}x`;
  const email = `${username}@deleted.invalid`;
  await writeBatch(db, [
    db
      .update(users)
      .set({
        email,
        emailKey: email,
        username,
        usernameKey: username,
        displayName,
        displayNameKey: foldKey(displayName),
        avatarFileId: null,
        timeZone: null,
        role: "member",
        active: false,
        passwordHash: "",
        emailConfirmedAt: null,
        externalId: null,
        erasedAt: Date.now(),
        credentialVersion: sql`${users.credentialVersion} + 1`,
        rev: sql`${users.rev} + 1`,
      })
      .where(and(eq(users.id, userId), isNull(users.erasedAt), ne(users.role, "owner"))),
    ...deleteRowsOfUser(db, userId),
    // Revoked as well: without its address the invite would permit any.
    db
      .update(invites)
      .set({ email: null, emailKey: null, revokedAt: sql`coalesce(${invites.revokedAt}, ${Date.now()})` })
      // The address of the invite with which the user registered may be an earlier one.
      .where(
        and(isNotNull(invites.email), or(eq(invites.emailKey, emailKey), eq(invites.id, inviteId ?? ""))),
      ),
    db.delete(pendingRegistrations).where(eq(pendingRegistrations.emailKey, emailKey)),
  ]);
}
