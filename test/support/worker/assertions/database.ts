import { expect } from "vitest";
import { foldKey } from "../../../../src/text/fold-key.ts";
import { channelRows } from "../objects/database.ts";
import { projectionProgress, waitForProjections } from "../objects/projection.ts";
import { roomRows } from "../objects/room-object.ts";
import { foldLog, plainView } from "./channel-view.ts";
import { expectedRows, expectedSortColumns, type FollowerRow } from "./expected-rows.ts";

/**
 * Asserts that a channel's rows in D1 equal its folded log, without missing, duplicate or stale rows. State without events
 * equals the room's tables.
 */
export async function expectDatabaseMatchesLog(channelId: string): Promise<void> {
  await waitForProjections(channelId);
  const view = await foldLog(channelId);
  const { head } = await projectionProgress(channelId);
  const { channel, members } = plainView(view);
  const record = await channelRows(channelId);
  expect(record["channels"]).toMatchObject([
    {
      projected_seq: head,
      name: channel?.name,
      name_key: channel?.name == null ? null : foldKey(channel.name),
      type: channel?.type,
      topic: channel?.topic,
      description: channel?.description,
      created_at: Date.parse(channel?.createdAt ?? ""),
      archived_at: channel?.archivedAt == null ? null : Date.parse(channel.archivedAt),
      created_by: channel?.createdBy,
    },
  ]);
  expect(record["members"]).toEqual(
    members
      .map(({ userId, role, joinedAt }) => ({
        channel_id: channelId,
        user_id: userId,
        role,
        joined_at: Date.parse(joinedAt),
      }))
      .sort((a, b) => (a.user_id < b.user_id ? -1 : 1)),
  );
  const expected = expectedRows(view, channelId);
  expect(record["messages"]!.map((row) => parsed(row as Record<string, unknown>))).toEqual(expected.messages);
  expect(record["versions"]).toEqual(expected.versions);
  expect(record["mentions"]).toEqual(expected.mentions);
  expect(record["reactions"]).toEqual(expected.reactions);
  expect(record["pins"]).toEqual(expected.pins);
  expect(record["readers"]).toEqual(
    await roomRows(
      channelId,
      "SELECT ? AS channel_id, user_id, last_read_seq, level, rev FROM readers ORDER BY rev",
      channelId,
    ),
  );
  const followers = await roomRows<FollowerRow>(
    channelId,
    "SELECT root_id, user_id, following, last_read_seq, rev FROM followers ORDER BY rev",
  );
  expect(record["followers"]).toEqual(
    followers.map((follower) => ({
      ...follower,
      channel_id: channelId,
      ...expectedSortColumns(view, follower),
    })),
  );
}

const parsed = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) =>
      ["files", "mentions", "reactions", "thread", "extras"].includes(name) && value !== null
        ? [name, JSON.parse(String(value))]
        : [name, value],
    ),
  );
