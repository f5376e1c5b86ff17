import { and, eq, isNull } from "drizzle-orm";
import { accountDatabase, users } from "../../db/index.ts";
import type { Actor } from "../../domain/actor.ts";
import { emailKey } from "../../domain/email-key.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import type { UserRow } from "./present.ts";

/**
 * Finds the active user with an e-mail address. Each lookup counts towards a quota, found or not, so that addresses can't be tried at will.
 *
 * @throws `forbidden` for members, with any credential (the scope of a token was checked before); `rate_limited`; `not_found`
 */
export async function lookUpByEmail(
  env: Env,
  { userId, role, isBot }: Actor,
  email: string,
): Promise<UserRow> {
  if (!isBot && !checkWorkspacePermissions("lookUpByEmail", role))
    reject(
      "forbidden",
      "Only bots, and the workspace's owner and admins, can look up users by e-mail address",
    );
  unwrap(await callObject(() => hubOf(env, userId).spendQuota("lookups")));
  const row = await accountDatabase(env)
    .select()
    .from(users)
    .where(and(eq(users.emailKey, emailKey(email)), eq(users.active, true), isNull(users.erasedAt)))
    .get();
  return row ?? notFound("user");
}
