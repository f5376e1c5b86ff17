import { type SQL, sql } from "drizzle-orm";
import type { FollowerRow } from "../../domain/member-state-rows.ts";
import { isOneOf, lastOfEach, type LoggedEvent } from "../../domain/logged-event.ts";
import { messages, type Statement, threadFollowers, updateMany, upsertMany } from "../../db/index.ts";

/** Projects the thread summaries of root messages, from the last reply that was created or deleted, and their followers' unread state. */
export function projectThreads(events: LoggedEvent[]): Statement[] {
  const roots = lastOfEach(
    events.filter(isOneOf("threadCreate", "threadDelete")).map(({ data }) => ({
      id: data.message.threadId ?? "",
      thread: data.thread,
    })),
    ({ id }) => id,
  );
  const rootIds = JSON.stringify(roots.map(({ id }) => id));
  return [
    ...updateMany(messages, messages.id, roots),
    ...(roots.length > 0
      ? [refreshFollowers(sql`root_id IN (SELECT value FROM json_each(${rootIds}))`)]
      : []),
  ];
}

/** Projects the followers of threads. A row replaces only a row with a lower `rev`. */
export function projectFollowers(channelId: string, rows: FollowerRow[]): Statement[] {
  return [
    ...upsertMany(
      threadFollowers,
      [threadFollowers.rootId, threadFollowers.userId],
      rows.map(({ rootId, userId, following, lastReadSeq, rev }) => ({
        rootId,
        userId,
        channelId,
        following: following === 1,
        lastReadSeq,
        rev,
      })),
      { newerBy: threadFollowers.rev },
    ),
    ...(rows.length > 0
      ? [
          refreshFollowers(
            sql`(root_id, user_id) IN (SELECT value->>'$.rootId', value->>'$.userId' FROM json_each(${JSON.stringify(rows)}))`,
          ),
        ]
      : []),
  ];
}

/**
 * Recomputes the columns of followers that depend on the replies. Replies and followers are projected independently, in any order, so both
 * call this: a reply for all followers of its thread, a follower for its own row.
 */
function refreshFollowers(which: SQL): Statement {
  const replies = sql`FROM messages WHERE thread_id = thread_followers.root_id AND deleted_at IS NULL`;
  return sql`UPDATE thread_followers SET
          has_unread = EXISTS (SELECT 1 ${replies} AND seq > thread_followers.last_read_seq AND author_id <> thread_followers.user_id),
          last_reply_at = coalesce((SELECT created_at ${replies} ORDER BY seq DESC LIMIT 1), 0)
        WHERE ${which}`;
}
