// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 handles rejections
import type { Express, NextFunction, Request, Response } from "express";
import type pg from "pg";
import { z } from "zod";
import { isMember } from "./messages.ts";

const Query = z.strictObject({
  before: z.coerce.number().int().optional(),
  after: z.coerce.number().int().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

type Row = { id: string; seq: string; author_id: string; content: string; created_at: Date };

/** Named, so that the database plans them once for each connection. */
const older = {
  name: "page-older",
  text: `SELECT id, seq, author_id, content, created_at FROM messages
         WHERE channel_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3`,
};
const newer = {
  name: "page-newer",
  text: `SELECT id, seq, author_id, content, created_at FROM messages
         WHERE channel_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
};
/** The ORDER BY keeps the planner from collecting a long channel's whole index before it counts to 99: 3 ms instead of 8. */
const unreads = {
  name: "unreads",
  text: `SELECT channel.id, channel.name, channel.last_seq, coalesce(reader.last_read_seq, 0) AS last_read_seq,
           (SELECT count(*)::int FROM (SELECT 1 FROM messages WHERE channel_id = channel.id
              AND seq > coalesce(reader.last_read_seq, 0) AND author_id <> $1 ORDER BY seq LIMIT 99) AS counted) AS unread
         FROM members JOIN channels AS channel ON channel.id = members.channel_id
         LEFT JOIN readers AS reader ON reader.channel_id = members.channel_id AND reader.user_id = $1
         WHERE members.user_id = $1`,
};

/** Adds the routes for a page of a channel's history by `seq` and for a user's unread counts, both by an index on (channel, seq). */
export function readRoutes(
  app: Express,
  db: pg.Pool,
  authenticate: (token: string) => Promise<string>,
): void {
  const user = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    try {
      const [, token = ""] = (request.headers.authorization ?? "").split(" ");
      response.locals["userId"] = await authenticate(token);
    } catch {
      response.status(401).json({ error: "unauthenticated" });
      return;
    }
    next();
  };
  app.get("/v1/channels/:channelId/messages", user, async (request, response) => {
    const query = Query.safeParse(request.query);
    if (!query.success) return void response.status(400).json({ error: "validation_failed" });
    const { before, after, limit } = query.data;
    const channelId = String(request.params["channelId"]);
    const page = after === undefined ? [older, before ?? Number.MAX_SAFE_INTEGER] : [newer, after];
    const [statement, seq] = page as [typeof older, number];
    const [isAllowed, { rows }] = await Promise.all([
      isMember(db, channelId, response.locals["userId"] as string),
      db.query<Row>({ ...statement, values: [channelId, seq, limit + 1] }),
    ]);
    if (!isAllowed) return void response.status(404).json({ error: "not_found" });
    const items = rows.slice(0, limit).map((row) => ({
      id: row.id,
      channelId,
      seq: Number(row.seq),
      authorId: row.author_id,
      content: row.content,
      createdAt: row.created_at,
    }));
    response.json({ items: after === undefined ? items.reverse() : items, hasMore: rows.length > limit });
  });
  app.get("/v1/users/me/unreads", user, async (_, response) => {
    const { rows } = await db.query({ ...unreads, values: [response.locals["userId"]] });
    const items = rows.map((row) => ({
      channelId: row.id,
      name: row.name,
      lastReadSeq: Number(row.last_read_seq),
      unread: row.unread,
      seq: Number(row.last_seq),
    }));
    response.json({ items });
  });
}
