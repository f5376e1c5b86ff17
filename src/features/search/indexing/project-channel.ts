import { type SQL, sql } from "drizzle-orm";
import { foldKey } from "../../../text/fold-key.ts";
import { isNamed } from "../../../domain/permissions.ts";
import type { Statement } from "../../../db/index.ts";
import type { Channel } from "../../../protocol/index.ts";
import { indexText } from "./index-text.ts";

/** The number by which the index knows a channel. */
export const channelNumber = (channelId: string): SQL =>
  sql`(SELECT no FROM search_channels WHERE channel_id = ${channelId})`;

/** What search says of a channel; the words by which it is found, where it has a name. */
export function projectChannel({ id, type, name, topic, description, archivedAt }: Channel): Statement[] {
  const at = archivedAt === null ? null : Date.parse(archivedAt);
  const { words, stems } = indexText(name ?? "", topic, description);
  return [
    sql`UPDATE search_channels SET type = ${type}, name = ${name}, name_key = ${name && foldKey(name)}, archived_at = ${at}
      WHERE channel_id = ${id}`,
    ...(isNamed(type)
      ? [
          sql`INSERT OR REPLACE INTO channel_text (rowid, words, stems)
            SELECT no, ${words}, ${stems} FROM search_channels WHERE channel_id = ${id}`,
        ]
      : []),
  ];
}

/** Who is in it, and who is no longer. */
export function projectMembers(noOfChannel: SQL, there: string[], gone: string[]): Statement[] {
  return [
    ...(there.length
      ? [
          sql`INSERT OR IGNORE INTO search_members (user_id, channel_no)
            SELECT value, ${noOfChannel} FROM json_each(${JSON.stringify(there)})`,
        ]
      : []),
    ...(gone.length
      ? [
          sql`DELETE FROM search_members WHERE channel_no = ${noOfChannel}
            AND user_id IN (SELECT value FROM json_each(${JSON.stringify(gone)}))`,
        ]
      : []),
  ];
}

/** The channel as it is now, and these as its members, whatever the index said before. */
export function replaceChannel(channel: Channel, userIds: string[]): Statement[] {
  const noOfChannel = channelNumber(channel.id);
  return [
    ...projectChannel(channel),
    sql`DELETE FROM search_members WHERE channel_no = ${noOfChannel}
      AND user_id NOT IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`,
    ...projectMembers(noOfChannel, userIds, []),
  ];
}
