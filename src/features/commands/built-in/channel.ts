import { inArray } from "drizzle-orm";
import { accountDatabase, users } from "../../../db/index.ts";
import { AppError, invalidField, invalidFields, reject } from "../../../errors/app-error.ts";
import { zodIssues } from "../../../errors/zod-issues.ts";
import { ChannelChange, Username } from "../../../protocol/index.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { callObject, roomOf } from "../../../rpc/stubs.ts";
import { executeInRoom, type Runner } from "../runner.ts";
import type { BuiltIn } from "./built-in.ts";

/** Users that one `/invite` adds. */
const maxInvited = 10;

/** `/topic`: shows, sets or removes the topic of the channel. */
export const topicCommand: BuiltIn = {
  posts: true,
  run: async (runner, { channelId, text }) => {
    if (text === "") {
      const { topic } = unwrap(await callObject(() => roomOf(runner.env, channelId).snapshot(runner.actor)));
      return { reply: topic === "" ? "This channel has no topic." : `The topic is: ${topic}` };
    }
    const change = ChannelChange.safeParse({ topic: text === "-" ? "" : text });
    if (!change.success) throw invalidFields(zodIssues(change.error));
    await executeInRoom(runner, channelId, "channelUpdate", change.data);
    return { reply: text === "-" ? "The topic was removed." : "The topic was changed." };
  },
};

/** `/leave`: ends the user's membership. */
export const leaveCommand: BuiltIn = {
  posts: false,
  run: async (runner, { channelId }) => {
    await executeInRoom(runner, channelId, "memberLeave", {});
    return { reply: "You left the channel." };
  },
};

/** `/invite`: adds users to the channel by their usernames. */
export const inviteCommand: BuiltIn = {
  posts: true,
  run: async (runner, { channelId, text }) => {
    // Guests do not see the directory, so the reply must not say which names exist.
    if (runner.actor.role === "guest") reject("forbidden", "Guests can't add users to channels");
    const names = [...new Set(text.split(/[\s,]+/).filter(Boolean))];
    if (names.length === 0) throw invalidField("text", "Name at least one user");
    if (names.length > maxInvited) throw invalidField("text", `Name at most ${maxInvited} users`);
    const parsed = names.map((name) => ({ name, username: Username.safeParse(name).data }));
    const found = await findByUsername(
      runner.env,
      parsed.flatMap(({ username }) => username ?? []),
    );
    const lines: string[] = [];
    for (const { name, username } of parsed) {
      const userId = username === undefined ? undefined : found.get(username);
      lines.push(
        userId === undefined
          ? `There is no user ${name}.`
          : await add(runner, channelId, { userId, username: `@${username}` }),
      );
    }
    return { reply: lines.join("\n") };
  },
};

async function findByUsername(env: Env, usernames: string[]): Promise<Map<string, string>> {
  if (usernames.length === 0) return new Map();
  const rows = await accountDatabase(env)
    .select({ id: users.id, username: users.username })
    .from(users)
    .where(inArray(users.username, usernames));
  return new Map(rows.map(({ id, username }) => [username, id]));
}

/** Adds one user and returns the outcome in words. An error that concerns only this user does not stop the others. */
async function add(
  runner: Runner,
  channelId: string,
  { userId, username }: { userId: string; username: string },
): Promise<string> {
  try {
    const { repeated } = await executeInRoom(runner, channelId, "memberJoin", { userId, role: "member" });
    return repeated ? `${username} is a member already.` : `${username} was added.`;
  } catch (error) {
    if (error instanceof AppError && (error.code === "not_found" || error.code === "conflict"))
      return `${username} can't be added: ${error.message}.`;
    throw error;
  }
}
