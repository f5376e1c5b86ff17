import { randomUUID } from "node:crypto";
import pg from "pg";
import { z } from "zod";

export const CreateMessage = z.strictObject({
  channelId: z.string().max(64),
  content: z.string().min(1).max(8_000),
  nonce: z.string().min(1).max(64),
});
export type CreateMessage = z.infer<typeof CreateMessage>;

export type Message = {
  id: string;
  channelId: string;
  seq: number;
  authorId: string;
  content: string;
  createdAt: Date;
};

type Row = { id: string; seq: string; created_at: Date };

/**
 * One statement, so one round trip and one commit. The channel's row assigns `seq`, and its lock keeps two inserts from getting the same
 * one. If the nonce exists, the whole statement fails and no `seq` is lost.
 */
const insert = {
  name: "insert-message",
  text: `WITH next AS (UPDATE channels SET last_seq = last_seq + 1 WHERE id = $2 RETURNING last_seq)
         INSERT INTO messages (id, channel_id, seq, author_id, nonce, content)
         SELECT $1, $2, last_seq, $3, $4, $5 FROM next
         RETURNING id, seq, created_at`,
};
const find = {
  name: "find-message",
  text: "SELECT id, seq, content, created_at FROM messages WHERE channel_id = $1 AND author_id = $2 AND nonce = $3",
};

const uniqueViolation = "23505";

/** Commits a message. For a repeated nonce, returns the first message, marked `deduplicated`. */
export async function createMessage(
  db: pg.Pool,
  authorId: string,
  command: CreateMessage,
): Promise<{ message: Message; deduplicated: boolean }> {
  const { channelId, content, nonce } = command;
  const present = (row: Row, text: string): Message => ({
    id: row.id,
    channelId,
    seq: Number(row.seq),
    authorId,
    content: text,
    createdAt: row.created_at,
  });
  try {
    const { rows } = await db.query<Row>({
      ...insert,
      values: [randomUUID(), channelId, authorId, nonce, content],
    });
    if (!rows[0]) throw new Error("no such channel");
    return { message: present(rows[0], content), deduplicated: false };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== uniqueViolation) throw error;
    const { rows } = await db.query<Row & { content: string }>({
      ...find,
      values: [channelId, authorId, nonce],
    });
    return { message: present(rows[0]!, rows[0]!.content), deduplicated: true };
  }
}

export async function isMember(db: pg.Pool, channelId: string, userId: string): Promise<boolean> {
  const { rowCount } = await db.query("SELECT 1 FROM members WHERE channel_id = $1 AND user_id = $2", [
    channelId,
    userId,
  ]);
  return rowCount === 1;
}

export async function lastSeq(db: pg.Pool, channelId: string): Promise<number> {
  const { rows } = await db.query<{ last_seq: string }>("SELECT last_seq FROM channels WHERE id = $1", [
    channelId,
  ]);
  return Number(rows[0]?.last_seq ?? 0);
}
