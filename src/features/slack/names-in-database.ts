import { and, eq, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { accountDatabase, channels, userGroups, users } from "../../db/index.ts";
import { slackIdsIn } from "./ids.ts";
import { noSlackNames, type SlackNames } from "./text/index.ts";

/** Ids of each kind that are looked up for one message. Further ones are shown by the label that the program sent. */
const maxNamed = 100;

const isIn = (column: SQLiteColumn, ids: readonly string[]): SQL =>
  sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;

/**
 * Looks up the users, public channels and user groups that a message names by their ids, with at most one read of D1 for each kind. For
 * senders without a session; `findNames` looks up what a session may see.
 */
export async function findNamesInDatabase(env: Env, fields: unknown): Promise<SlackNames> {
  const text = JSON.stringify(fields) ?? "";
  const [userIds, channelIds, groupIds] = (["user", "channel", "group"] as const).map((kind) =>
    slackIdsIn(kind, text, maxNamed).map(({ id }) => id),
  ) as [string[], string[], string[]];
  if (userIds.length + channelIds.length + groupIds.length === 0) return noSlackNames;
  const db = accountDatabase(env);
  const rows = await Promise.all([
    userIds.length === 0
      ? []
      : db
          .select({ id: users.id, name: users.username })
          .from(users)
          .where(and(isIn(users.id, userIds), eq(users.active, true))),
    channelIds.length === 0
      ? []
      : db
          .select({ id: channels.id, name: channels.name })
          .from(channels)
          .where(and(isIn(channels.id, channelIds), eq(channels.type, "public"))),
    groupIds.length === 0
      ? []
      : db
          .select({ id: userGroups.id, name: userGroups.handle })
          .from(userGroups)
          .where(isIn(userGroups.id, groupIds)),
  ]);
  const names = new Map(rows.flat().map(({ id, name }) => [id, name ?? undefined]));
  return {
    usernameOf: (id) => names.get(`usr_${id.slice(1)}`),
    channelNameOf: (id) => names.get(`chn_${id.slice(1)}`),
    groupHandleOf: (id) => names.get(`grp_${id.slice(1)}`),
  };
}
