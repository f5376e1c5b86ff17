import { Hono } from "hono";
import { channelDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import { submitCommand } from "../../http/submit-command.ts";
import type { AppEnv } from "../../http/context.ts";
import { readChannel } from "../../http/read-channel.ts";
import { readFromRoom } from "../../http/read-from-room.ts";
import { reply } from "../../http/reply.ts";
import { body, validate } from "../../http/validate.ts";
import {
  addMember,
  getMembers,
  joinChannel,
  leaveChannel,
  muteMember,
  removeMember,
  unmuteMember,
  updateMember,
} from "../../protocol/index.ts";
import { pageOfMembers } from "./queries.ts";

/** The routes of members: commands and reads of the channel object. Reads come from D1 while the object runs the previous release. */
export const memberRoutes = new Hono<AppEnv>()
  .post(
    joinChannel.path,
    authenticate({ deferred: true }),
    validate("param", joinChannel.params),
    async (c) => {
      const { data } = await submitCommand(c, c.req.valid("param").channelId, "memberJoin", {});
      return reply(c, joinChannel, data.member);
    },
  )
  .post(
    leaveChannel.path,
    authenticate({ deferred: true }),
    validate("param", leaveChannel.params),
    async (c) => {
      await submitCommand(c, c.req.valid("param").channelId, "memberLeave", {});
      return reply(c, leaveChannel);
    },
  )
  .get(
    getMembers.path,
    authenticate({ deferred: true }),
    validate("param", getMembers.params),
    validate("query", getMembers.query),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const query = c.req.valid("query");
      return readFromRoom(c, channelId, { kind: "members", page: query }, async () =>
        reply(
          c,
          getMembers,
          await readChannel(c, channelId, () =>
            pageOfMembers(channelDatabase(c.env, channelId), channelId, query),
          ),
        ),
      );
    },
  )
  .post(
    addMember.path,
    authenticate({ deferred: true }),
    validate("param", addMember.params),
    body(addMember.body),
    async (c) => {
      const { data, repeated } = await submitCommand(
        c,
        c.req.valid("param").channelId,
        "memberJoin",
        c.req.valid("json"),
      );
      return reply(c, addMember, data.member, repeated);
    },
  )
  .patch(
    updateMember.path,
    authenticate({ deferred: true }),
    validate("param", updateMember.params),
    body(updateMember.body),
    async (c) => {
      const { channelId, userId } = c.req.valid("param");
      const { data } = await submitCommand(c, channelId, "memberUpdate", { userId, ...c.req.valid("json") });
      return reply(c, updateMember, data.member);
    },
  )
  .put(
    muteMember.path,
    authenticate({ deferred: true }),
    validate("param", muteMember.params),
    body(muteMember.body),
    async (c) => {
      const { channelId, userId } = c.req.valid("param");
      const { data } = await submitCommand(c, channelId, "memberMute", { userId, ...c.req.valid("json") });
      return reply(c, muteMember, data.member);
    },
  )
  .delete(
    unmuteMember.path,
    authenticate({ deferred: true }),
    validate("param", unmuteMember.params),
    async (c) => {
      const { channelId, userId } = c.req.valid("param");
      const { data } = await submitCommand(c, channelId, "memberUnmute", { userId });
      return reply(c, unmuteMember, data.member);
    },
  )
  .delete(
    removeMember.path,
    authenticate({ deferred: true }),
    validate("param", removeMember.params),
    async (c) => {
      const { channelId, userId } = c.req.valid("param");
      await submitCommand(c, channelId, "memberLeave", { userId });
      return reply(c, removeMember);
    },
  );
