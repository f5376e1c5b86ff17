import { type SQL, sql } from "drizzle-orm";
import { foldKey } from "../../../text/fold-key.ts";
import { isNamed } from "../../../domain/permissions.ts";
import type { Statement } from "../../../db/index.ts";
import type { Channel } from "../../../protocol/index.ts";
import { indexText } from "./index-text.ts";

/** Selects the number of a channel in the index. */
export const channelNumber = (channelId: string): SQL =>
  sql`(SELECT no FROM search_channels WHERE channel_id = ${channelId})`;

/** Writes a channel's row, and its words if it has a name; direct messages have none and are not found by words. */
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

/** Adds and removes members of a channel. */
export function projectMembers(channelNo: SQL, added: string[], removed: string[]): Statement[] {
  return [
    ...(added.length
      ? [
          sql`INSERT OR IGNORE INTO search_members (user_id, channel_no)
            SELECT value, ${channelNo} FROM json_each(${JSON.stringify(added)})`,
        ]
      : []),
    ...(removed.length
      ? [
          sql`DELETE FROM search_members WHERE channel_no = ${channelNo}
            AND user_id IN (SELECT value FROM json_each(${JSON.stringify(removed)}))`,
        ]
      : []),
  ];
}

/** Replaces a channel's row and all its members in the index. */
export function replaceChannel(channel: Channel, userIds: string[]): Statement[] {
  const channelNo = channelNumber(channel.id);
  return [
    ...projectChannel(channel),
    sql`DELETE FROM search_members WHERE channel_no = ${channelNo}
      AND user_id NOT IN (SELECT value FROM json_each(${JSON.stringify(userIds)}))`,
    ...projectMembers(channelNo, userIds, []),
  ];
}
