import type { Migration } from "../../durable/migrations.ts";

/**
 * `message_id`, `thread_id`, `in_channel` and `place` tell which reading covers it, `read` whether one did
 * (what lies before the mark of all is read in any case), `gone` that it is not shown:
 * its row stays, so that a room which reports it again is known to.
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
