import { Hono } from "hono";
import { notFound } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { replyWithEtag } from "../../http/reply-with-etag.ts";
import { requireWorkspaceAction } from "../../http/require-workspace-action.ts";
import { body, validate } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import {
  addMember,
  createGroup,
  deleteGroup,
  removeMember,
  requireGroupManager,
  updateGroup,
} from "./change-group.ts";
import { notifyOfGroup } from "./notify-members.ts";
import { findGroup, listGroups } from "./queries.ts";

const forMembers = requireWorkspaceAction("browseWorkspace", "Guests can't see the groups of the workspace");

/** The routes of user groups. */
export const groupRoutes = new Hono<AppEnv>()
  .post(api.createGroup.path, authenticate(), body(api.createGroup.body), async (c) => {
    const { actor, config } = c.var;
    await requireGroupManager(c.env, config, actor);
    const group = await createGroup(c.env, config, actor, c.req.valid("json"));
    const { id: objectId, handle, userIds } = group;
    recordAudit(c, { action: "group.create", objectId, detail: { handle, members: userIds.length } });
    c.executionCtx.waitUntil(notifyOfGroup(c.env, group, userIds));
    return reply(c, api.createGroup, group);
  })

  .get(api.getGroups.path, authenticate(), forMembers, validate("query", api.getGroups.query), async (c) =>
    replyWithEtag(c, await listGroups(c.env, c.req.valid("query"))),
  )

  .get(api.getGroup.path, authenticate(), forMembers, validate("param", api.getGroup.params), async (c) => {
    const group = await findGroup(c.env, c.req.valid("param").groupId);
    return reply(c, api.getGroup, group ?? notFound("group"));
  })

  .patch(
    api.updateGroup.path,
    authenticate(),
    validate("param", api.updateGroup.params),
    body(api.updateGroup.body),
    async (c) => {
      await requireGroupManager(c.env, c.var.config, c.var.actor);
      const change = c.req.valid("json");
      const { before, after } = await updateGroup(c.env, c.req.valid("param").groupId, change);
      const { id: objectId, handle, userIds } = after;
      recordAudit(c, { action: "group.update", objectId, detail: { handle, members: userIds.length } });
      // First those who were added or removed.
      const [was, is] = [new Set(before.userIds), new Set(userIds)];
      const moved = [...was, ...is].filter((id) => !(was.has(id) && is.has(id)));
      const concerned = new Set([...moved, ...userIds]);
      c.executionCtx.waitUntil(notifyOfGroup(c.env, after, [...concerned]));
      return reply(c, api.updateGroup, after);
    },
  )

  .delete(api.deleteGroup.path, authenticate(), validate("param", api.deleteGroup.params), async (c) => {
    await requireGroupManager(c.env, c.var.config, c.var.actor);
    const group = await deleteGroup(c.env, c.req.valid("param").groupId);
    recordAudit(c, { action: "group.delete", objectId: group.id, detail: { handle: group.handle } });
    c.executionCtx.waitUntil(notifyOfGroup(c.env, group, group.userIds, { deleted: true }));
    return reply(c, api.deleteGroup);
  })

  .put(api.addGroupMember.path, authenticate(), validate("param", api.addGroupMember.params), async (c) => {
    await requireGroupManager(c.env, c.var.config, c.var.actor);
    const { groupId, userId } = c.req.valid("param");
    const group = await addMember(c.env, groupId, userId);
    if (group) {
      recordAudit(c, { action: "group.update", objectId: groupId, detail: { added: userId } });
      c.executionCtx.waitUntil(notifyOfGroup(c.env, group, [userId]));
    }
    return reply(c, api.addGroupMember);
  })

  .delete(
    api.removeGroupMember.path,
    authenticate(),
    validate("param", api.removeGroupMember.params),
    async (c) => {
      await requireGroupManager(c.env, c.var.config, c.var.actor);
      const { groupId, userId } = c.req.valid("param");
      const group = await removeMember(c.env, groupId, userId);
      if (group) {
        recordAudit(c, { action: "group.update", objectId: groupId, detail: { removed: userId } });
        c.executionCtx.waitUntil(notifyOfGroup(c.env, group, [userId]));
      }
      return reply(c, api.removeGroupMember);
    },
  );
