import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { Config } from "../../config.ts";
import {
  accountDatabase,
  databaseErrorText,
  isUniqueViolation,
  slashCommands,
  type StoredSecret,
  users,
} from "../../db/index.ts";
import { reject } from "../../errors/app-error.ts";
import { newId } from "../../lib/ids.ts";
import type { CommandDelivery } from "../../protocol/index.ts";
import { insertAccount } from "../auth/index.ts";
import { accountOfBot, deleteWithBot } from "./own-bot.ts";

/** A stored command. */
export type CommandRow = typeof slashCommands.$inferSelect;

/** A command of an active bot, with what a delivery needs. */
export interface RunnableCommand {
  id: string;
  name: string;
  botId: string;
  delivery: string;
  url: string | null;
  secrets: StoredSecret[];
}

export interface NewCommand {
  id: string;
  name: string;
  /** Undefined: a bot is created with the command. */
  botId: string | undefined;
  description: string;
  usage: string | null;
  delivery: CommandDelivery;
  url: string | null;
  secrets: StoredSecret[];
  createdBy: string;
}

/** Joins the account of a command's bot, if it is active. */
const ofActiveBot = and(eq(users.id, slashCommands.userId), eq(users.active, true));

const nameTaken = (name: string): never => reject("conflict", `There is a command /${name} already`);

/**
 * Inserts a command; without a `botId` also the account of its bot, in the same transaction.
 *
 * @throws `conflict` if the name is taken, the bot is deactivated, or at the limits of commands
 */
export async function insertCommand(
  env: Env,
  { WORKSPACE_COMMANDS, BOT_COMMANDS }: Config,
  { name, botId: given, ...command }: NewCommand,
): Promise<CommandRow> {
  const nowMs = Date.now();
  const botId = given ?? newId("usr", nowMs);
  const ownsBot = given === undefined;
  // The column may not be NULL, so that simultaneous requests can't exceed the limits.
  const nameWithinLimits = sql<string>`(SELECT CASE WHEN count(*) < ${WORKSPACE_COMMANDS}
    AND coalesce(sum(user_id = ${botId}), 0) < ${BOT_COMMANDS}
    AND EXISTS (SELECT 1 FROM users WHERE id = ${botId} AND is_bot = 1 AND active = 1) THEN ${name} END FROM slash_commands)`;
  try {
    const row = { ...command, userId: botId, createdAt: nowMs, updatedAt: nowMs, ownsBot };
    const db = accountDatabase(env);
    const insert = db.insert(slashCommands).values({ ...row, name: nameWithinLimits });
    if (!ownsBot) return await insert.returning().get();
    await insertAccount(db, accountOfBot(botId, name, nowMs), [insert]);
    return { ...row, name };
  } catch (error) {
    if (isUniqueViolation(error, "slash_commands.name")) nameTaken(name);
    if (databaseErrorText(error).includes("NOT NULL constraint failed: slash_commands.name"))
      reject(
        "conflict",
        `The bot has ${BOT_COMMANDS} commands or the workspace ${WORKSPACE_COMMANDS}, which is the limit, or the bot is deactivated`,
      );
    throw error;
  }
}

/** Lists the commands of active bots by name. Their number is limited by `WORKSPACE_COMMANDS`. */
export async function listCommands(env: Env): Promise<CommandRow[]> {
  const rows = await accountDatabase(env)
    .select({ command: slashCommands })
    .from(slashCommands)
    .innerJoin(users, ofActiveBot)
    .orderBy(asc(slashCommands.name));
  return rows.map(({ command }) => command);
}

/** Lists the names of the commands of active bots. */
export async function listCommandNames(env: Env): Promise<string[]> {
  const rows = await accountDatabase(env)
    .select({ name: slashCommands.name })
    .from(slashCommands)
    .innerJoin(users, ofActiveBot);
  return rows.map(({ name }) => name);
}

/** Returns a command; undefined if there is none. */
export const findCommand = (env: Env, commandId: string): Promise<CommandRow | undefined> =>
  accountDatabase(env).select().from(slashCommands).where(eq(slashCommands.id, commandId)).get();

/** Returns the command of an active bot by its name; undefined if there is none. */
export const findRunnableByName = (env: Env, name: string): Promise<RunnableCommand | undefined> =>
  findRunnable(env, eq(slashCommands.name, name));

/** Returns the command of an active bot by its id; undefined if there is none. */
export const findRunnableById = (env: Env, commandId: string): Promise<RunnableCommand | undefined> =>
  findRunnable(env, eq(slashCommands.id, commandId));

const findRunnable = (env: Env, which: SQL): Promise<RunnableCommand | undefined> =>
  accountDatabase(env)
    .select({
      id: slashCommands.id,
      name: slashCommands.name,
      botId: slashCommands.userId,
      delivery: slashCommands.delivery,
      url: slashCommands.url,
      secrets: slashCommands.secrets,
    })
    .from(slashCommands)
    .innerJoin(users, ofActiveBot)
    .where(which)
    .get();

export type CommandChange = Partial<
  Pick<CommandRow, "name" | "description" | "usage" | "delivery" | "url" | "secrets">
>;

/**
 * Changes a command if it has not changed since it was read.
 *
 * @returns the row; undefined if it was changed or deleted in the meantime
 * @throws `conflict` if the new name is taken
 */
export async function changeCommand(
  env: Env,
  before: CommandRow,
  change: CommandChange,
): Promise<CommandRow | undefined> {
  // Later than before in any case, so that it identifies the version.
  const updatedAt = Math.max(Date.now(), before.updatedAt + 1);
  try {
    return await accountDatabase(env)
      .update(slashCommands)
      .set({ ...change, updatedAt })
      .where(and(eq(slashCommands.id, before.id), eq(slashCommands.updatedAt, before.updatedAt)))
      .returning()
      .get();
  } catch (error) {
    if (isUniqueViolation(error, "slash_commands.name")) nameTaken(change.name ?? before.name);
    throw error;
  }
}

/** Deletes a command, and the bot that was created with it; does nothing if it was deleted before. */
export async function deleteCommand(env: Env, command: CommandRow): Promise<void> {
  if (command.ownsBot) return deleteWithBot(env, command);
  await accountDatabase(env).delete(slashCommands).where(eq(slashCommands.id, command.id));
}
