import { Hono } from "hono";
import { accountDatabase } from "../../db/index.ts";
import { inviteOfToken, inviteToken } from "../../domain/mail-tokens.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { isWorkspaceAdmin } from "../../domain/permissions.ts";
import { notFound } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { linkOrigin } from "../../http/link-origin.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import { isoTime } from "../../lib/time.ts";
import * as api from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { findUser } from "../users/index.ts";
import { createInvite, requireInviter } from "./create-invite.ts";
import { inviteState, mayInvite, presentInvite } from "./invite.ts";
import { findInvite, listInvites, setRevoked } from "./queries.ts";

/** The routes of invites. */
export const inviteRoutes = new Hono<AppEnv>()
  .post(api.createInvite.path, authenticate(), body(api.createInvite.body), async (c) => {
    const { actor, config } = c.var;
    const origin = linkOrigin(c);
    const row = await createInvite(c.env, config, { actor, origin }, c.req.valid("json"));
    const { role, maxUses, email, channelIds } = row;
    recordAudit(c, {
      action: "invite.create",
      objectId: row.id,
      detail: { role, maxUses, bindsEmail: email !== null, channels: channelIds.length },
    });
    const token = inviteToken(config.REFRESH_TOKEN_KEY, row.id);
    return reply(c, api.createInvite, {
      invite: presentInvite(row, actor.userId, Date.now()),
      url: `${origin}/invite#token=${token}`,
      token,
    });
  })

  .get(api.getInvites.path, authenticate(), validate("query", api.getInvites.query), async (c) => {
    const { actor, config } = c.var;
    requireInviter(config, actor);
    const { limit, cursor } = c.req.valid("query");
    const rows = await listInvites(accountDatabase(c.env), {
      ...(!isWorkspaceAdmin(actor.role) && { createdBy: actor.userId }),
      before: cursor === undefined ? undefined : decodeCursor(cursor, api.InviteId),
      limit: limit + 1,
    });
    const nowMs = Date.now();
    return reply(
      c,
      api.getInvites,
      toPage(
        rows,
        limit,
        (row) => presentInvite(row, actor.userId, nowMs),
        (row) => row.id,
      ),
    );
  })

  .delete(api.revokeInvite.path, authenticate(), validate("param", api.revokeInvite.params), async (c) => {
    const { actor, config } = c.var;
    requireInviter(config, actor);
    const { inviteId } = c.req.valid("param");
    const db = accountDatabase(c.env);
    const invite = (await findInvite(db, inviteId)) ?? notFound("invite");
    if (invite.createdBy !== actor.userId && !isWorkspaceAdmin(actor.role)) notFound("invite");
    await setRevoked(db, inviteId, Date.now());
    recordAudit(c, { action: "invite.revoke", objectId: inviteId });
    return reply(c, api.revokeInvite);
  })

  /** The token is in the body and not in the path, so that no log contains it. */
  .post(api.previewInvite.path, body(api.previewInvite.body), async (c) => {
    c.header("Cache-Control", "no-store");
    const { config } = c.var;
    const { REFRESH_TOKEN_KEY, WORKSPACE_NAME } = config;
    const inviteId = inviteOfToken(REFRESH_TOKEN_KEY, c.req.valid("json").token) ?? notFound("invite");
    const db = accountDatabase(c.env);
    const invite = (await findInvite(db, inviteId)) ?? notFound("invite");
    if (inviteState(invite, Date.now()) !== "active") notFound("invite");
    const inviter = await findUser(db, invite.createdBy);
    if (!inviter || !mayInvite(config, inviter)) return notFound("invite");
    return reply(c, api.previewInvite, {
      workspace: WORKSPACE_NAME,
      invitedBy: inviter.displayName,
      role: invite.role,
      expiresAt: isoTime(invite.expiresAt),
      bindsEmail: invite.email !== null,
    });
  });
