import { and, eq, sql } from "drizzle-orm";
import { accountDatabase, slashCommands, users } from "../../db/index.ts";
import { botUsername } from "../../domain/bot-username.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import type { NewAccount } from "../auth/index.ts";
import { applyToHub } from "../users/index.ts";
import type { CommandRow } from "./registry.ts";

/** Returns the account of a bot that is created with its command. */
export const accountOfBot = (id: string, name: string, createdAt: number): NewAccount => ({
  id,
  email: "",
  username: botUsername(name, "command"),
  displayName: name,
  passwordHash: "",
  role: "member",
  createdAt,
  isBot: true,
});

/**
 * Deletes a command and deactivates the bot that was created with it, in one transaction. An admin may have registered further commands for the
 * bot; they are deleted as well. May be repeated.
 *
 * The hub is notified before D1 is written that a change may follow: if the Worker crashes after the write, the hub reads the account again.
 */
export async function deleteWithBot(env: Env, { userId }: Pick<CommandRow, "userId">): Promise<void> {
  const expectation = await callObject(() => hubOf(env, userId).announceAccountChange());
  const db = accountDatabase(env);
  const [[bot]] = await db.batch([
    db
      .update(users)
      .set({ active: false, rev: sql`${users.rev} + 1` })
      .where(and(eq(users.id, userId), eq(users.active, true), eq(users.isBot, true)))
      .returning(),
    db.delete(slashCommands).where(eq(slashCommands.userId, userId)),
  ]);
  failpoint("command:after-delete");
  if (bot) await applyToHub(env, bot, expectation);
}
