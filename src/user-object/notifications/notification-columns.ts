import type { Migration } from "../../durable/migrations.ts";

/**
 * Adds to `notifications`: `message_id`, `thread_id`, `in_channel` and `place` decide which read position covers a notification; `read`: one
 * does (all up to `last_read_seq` of `notification_marks` are read in any case); `gone`: it is no longer shown, but its row stays, so that a
 * repeated report of the room is recognized as a duplicate.
 */
export const extendNotifications: Migration = (sql) => {
  sql.exec(`
    ALTER TABLE notifications ADD COLUMN kind TEXT;
    ALTER TABLE notifications ADD COLUMN message_id TEXT;
    ALTER TABLE notifications ADD COLUMN thread_id TEXT;
    ALTER TABLE notifications ADD COLUMN in_channel INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE notifications ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE notifications ADD COLUMN read INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE notifications ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
    UPDATE notifications SET place = channel_seq,
      kind = (SELECT data->>'$.notification.kind' FROM log WHERE log.seq = notifications.seq),
      message_id = (SELECT data->>'$.notification.messageId' FROM log WHERE log.seq = notifications.seq),
      thread_id = (SELECT data->>'$.notification.threadId' FROM log WHERE log.seq = notifications.seq);
    UPDATE notifications SET in_channel = 0 WHERE thread_id IS NOT NULL;
    CREATE INDEX notifications_unread ON notifications (seq) WHERE read = 0 AND gone = 0;
    CREATE INDEX notifications_unread_by_channel ON notifications (channel_id, place) WHERE read = 0 AND gone = 0;
    CREATE INDEX notifications_by_message ON notifications (message_id) WHERE message_id IS NOT NULL;
    ALTER TABLE room_marks ADD COLUMN last_read_seq INTEGER NOT NULL DEFAULT 0`);
};
