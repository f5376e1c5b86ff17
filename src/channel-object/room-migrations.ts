import type { Migration } from "../durable/migrations.ts";
import { createAlarmTable } from "../durable/alarm-scheduler.ts";
import { createLog } from "../durable/event-log.ts";
import { createIdempotencyKeys, dropHashesOfDeleted } from "../durable/idempotency-keys.ts";
import { createCursors } from "../durable/projection-sink.ts";
import { createRevisions } from "../durable/revisions.ts";
import { createChannelTable } from "../features/channels/index.ts";
import { createCarriedFileTable } from "../features/files/index.ts";
import {
  createMemberNames,
  createMembersByJoining,
  createMemberTable,
  createMutes,
} from "../features/members/index.ts";
import {
  createGroupMentions,
  createMessageTables,
  createTombstoneIndexes,
  createUnreadTables,
} from "../features/messages/index.ts";
import { createPinEventIndex, createPinTable } from "../features/pins/index.ts";
import { createReactionTables } from "../features/reactions/index.ts";
import { createReaderTable, createReadRevisions } from "../features/reads/index.ts";
import { createRetentionTables } from "../features/retention/index.ts";
import { createThreadTables } from "../features/threads/index.ts";
import { createSubscriptionTable } from "../features/event-subscriptions/index.ts";
import { createQuotaMarks } from "./commands/write-quota.ts";
import { createNotificationOutbox } from "./notifications/notification-outbox.ts";
import { createDepartures } from "./presence/disconnect-grace.ts";
import { createConnectingUpdates } from "./sockets/connecting-updates.ts";
import { createIndexGeneration, reindexByNewRules } from "./projections/index-generation.ts";

/** Read positions from before this migration are not sent to hubs. */
const createReadStateCursor: Migration = (sql) => {
  sql.exec("INSERT INTO cursors (sink, seq) SELECT 'readings', rev FROM revisions");
};

/** The migrations of a room's SQLite. Append steps; never edit a released one. */
export const roomMigrations: readonly Migration[] = [
  (sql) => {
    for (const create of [
      createLog,
      createIdempotencyKeys,
      createCursors,
      createAlarmTable,
      createChannelTable,
      createMemberTable,
      createMessageTables,
    ])
      create(sql);
  },
  (sql) => {
    for (const create of [
      createRevisions,
      createMemberNames,
      createUnreadTables,
      createReactionTables,
      createPinTable,
      createReaderTable,
      createThreadTables,
      createNotificationOutbox,
    ])
      create(sql);
  },
  (sql) => {
    for (const create of [createDepartures, createReadRevisions, createReadStateCursor]) create(sql);
  },
  (sql) => {
    for (const create of [createCarriedFileTable, createIndexGeneration]) create(sql);
  },
  createQuotaMarks,
  dropHashesOfDeleted,
  reindexByNewRules,
  createConnectingUpdates,
  (sql) => {
    for (const create of [createTombstoneIndexes, createPinEventIndex, createMembersByJoining]) create(sql);
  },
  (sql) => {
    for (const create of [createMutes, createGroupMentions]) create(sql);
  },
  createRetentionTables,
  createSubscriptionTable,
];
