import { and, asc, gt, sql } from "drizzle-orm";
import type { Config } from "../../config.ts";
import { accountDatabase, databaseErrorText, users } from "../../db/index.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { AppError, notFound, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { newId } from "../../lib/ids.ts";
import { UserId } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import type { TokenGrant } from "../../domain/token-grant.ts";
import { insertAccount } from "../auth/index.ts";
import { accountFacts, findUser, presentUser, type UserRow } from "../users/index.ts";

/**
 * Inserts the account of a bot: a member without password and address. Its first token is created afterwards; if the process dies in
 * between, the bot is in the list, and an admin creates a token for it.
 *
 * @throws `conflict` if the username is taken, or at the limit of bots
 */
export async function insertBot(
  env: Env,
  { WORKSPACE_BOTS }: Config,
  { username, displayName = username }: { username: string; displayName?: string | undefined },
): Promise<UserRow> {
  const nowMs = Date.now();
  // The column may not be NULL, so that simultaneous requests can't exceed the limit.
  const passwordHash = sql<string>`(SELECT CASE WHEN count(*) < ${WORKSPACE_BOTS} THEN '' END FROM users WHERE is_bot = 1 AND active = 1 AND id NOT IN (SELECT bot_user_id FROM incoming_webhooks UNION ALL SELECT user_id FROM slash_commands WHERE owns_bot = 1))`;
  try {
    const row = await insertAccount(accountDatabase(env), {
      id: newId("usr", nowMs),
      email: "",
      username,
      displayName,
      passwordHash,
      role: "member",
      createdAt: nowMs,
      isBot: true,
    });
    failpoint("bot:after-insert");
    return row;
  } catch (error) {
    if (databaseErrorText(error).includes("NOT NULL constraint failed: users.password_hash"))
      return reject(
        "conflict",
        `The workspace has ${WORKSPACE_BOTS} bots, which is the limit; deactivate one`,
      );
    throw error;
  }
}

/** Returns a bot. @throws `not_found` for any other user */
export async function findBot(env: Env, userId: string): Promise<UserRow> {
  const row = await findUser(accountDatabase(env), userId);
  return row?.isBot ? row : notFound("bot");
}

/** Reads a page of bots, oldest first. */
export async function listBots(env: Env, { limit, cursor }: { limit: number; cursor?: string | undefined }) {
  const after = cursor === undefined ? undefined : gt(users.id, decodeCursor(cursor, UserId));
  const rows = await accountDatabase(env)
    .select()
    .from(users)
    // Literally the condition of the partial index: SQLite would not use the index with a bound parameter.
    .where(and(sql`is_bot = 1`, after))
    .orderBy(asc(users.id))
    .limit(limit + 1);
  return toPage(rows, limit, presentUser, ({ id }) => id);
}

/**
 * Creates a token of a bot.
 *
 * @throws `conflict` if the bot is deactivated, or at the limit of its tokens
 */
export async function createBotToken(
  env: Env,
  bot: UserRow,
  token: { name: string; grant: TokenGrant; expiresAt: number | null },
) {
  const input = { kind: "bot" as const, ...token };
  // Not repeated: a lost response would leave a token whose text no one has.
  const created = await callObject(() => hubOf(env, bot.id).createToken(input, accountFacts(bot)), {
    tries: 1,
  });
  if (!created.ok && created.problem.code === "unauthenticated")
    throw new AppError({ code: "conflict", detail: "This bot is deactivated" });
  return unwrap(created);
}
