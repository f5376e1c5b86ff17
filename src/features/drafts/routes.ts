import { type Context, Hono } from "hono";
import { z } from "zod";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireChannelInPath, requireMembershipOfGuest } from "../../http/require-visible-channel.ts";
import { body, validate } from "../../http/validate.ts";
import { getDrafts, putDraft } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";

/** The cursor of a page: the `rev` of its last draft. */
const DraftCursor = z.int().min(0);

/**
 * Checks that the user may read a channel. The room decides: the hub still knows users who have left.
 *
 * @throws `not_found`
 */
async function requireReader(c: Context<AppEnv>, channelId: string): Promise<void> {
  const { actor } = c.var;
  await requireChannelInPath(c, channelId);
  const { role } = unwrap(await callObject(() => roomOf(c.env, channelId).admit(actor)));
  await requireMembershipOfGuest(c.env, actor, channelId, role !== null);
}

/** The routes of drafts, which the user's hub keeps. */
export const draftRoutes = new Hono<AppEnv>()
  .put(putDraft.path, authenticate(), validate("param", putDraft.params), body(putDraft.body), async (c) => {
    const { channelId } = c.req.valid("param");
    const { content, threadId = null, baseRev } = c.req.valid("json");
    // What users have written they may delete in any channel.
    if (content !== "") await requireReader(c, channelId);
    const hub = () => hubOf(c.env, c.var.actor.userId);
    const stored = await callObject(() => hub().putDraft({ channelId, threadId, content, baseRev }));
    const { draft, overwritten } = unwrap(stored);
    return reply(c, putDraft, { ...draft, ...(overwritten && { overwritten }) });
  })
  .get(getDrafts.path, authenticateRead(), validate("query", getDrafts.query), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const before = cursor === undefined ? undefined : decodeCursor(cursor, DraftCursor);
    const items = unwrap(
      await readWhileChecking(c, ({ userId }) =>
        callObject(() => hubOf(c.env, userId).listDrafts(limit + 1, before)),
      ),
    );
    const page = toPage(
      items,
      limit,
      (item) => item,
      ({ rev }) => rev,
    );
    return reply(c, getDrafts, page);
  });
