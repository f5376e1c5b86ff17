import { and, eq, sql } from "drizzle-orm";
import { accountDatabase, channels, users } from "../../db/index.ts";
import { ChannelId, UserId } from "../../protocol/index.ts";
import { noSlackNames, type SlackNames } from "../slack/index.ts";

/** Ids of one message that are looked up. Further ones are shown by the label that the program sent. */
const maxNamed = 100;

/** A user's or channel's id in Slack's form: a letter in place of the prefix of our id. */
const idsIn = (text: string, letters: string, prefix: string): string[] =>
  [...new Set(text.match(new RegExp(`\\b[${letters}][0-7][0-9A-Z]{25}\\b`, "g")))]
    .slice(0, maxNamed)
    .map((id) => `${prefix}_${id.slice(1)}`);

/** Looks up the users and public channels that a message names by their ids, with at most two reads of D1. */
export async function findSlackNames(env: Env, fields: unknown): Promise<SlackNames> {
  const text = JSON.stringify(fields) ?? "";
  const userIds = idsIn(text, "UW", "usr").filter((id) => UserId.safeParse(id).success);
  const channelIds = idsIn(text, "C", "chn").filter((id) => ChannelId.safeParse(id).success);
  if (userIds.length === 0 && channelIds.length === 0) return noSlackNames;
  const db = accountDatabase(env);
  const [userRows, channelRows] = await Promise.all([
    userIds.length === 0
      ? []
      : db
          .select({ id: users.id, name: users.username })
          .from(users)
          .where(
            and(
              sql`${users.id} IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`,
              eq(users.active, true),
            ),
          ),
    channelIds.length === 0
      ? []
      : db
          .select({ id: channels.id, name: channels.name })
          .from(channels)
          .where(
            and(
              sql`${channels.id} IN (SELECT value FROM json_each(${JSON.stringify(channelIds)}))`,
              eq(channels.type, "public"),
            ),
          ),
  ]);
  const names = new Map([...userRows, ...channelRows].map(({ id, name }) => [id, name ?? undefined]));
  return {
    ...noSlackNames,
    usernameOf: (id) => names.get(`usr_${id.slice(1)}`),
    channelNameOf: (id) => names.get(`chn_${id.slice(1)}`),
  };
}
