import { type Context, Hono } from "hono";
import { isWorkspaceAdmin } from "../../domain/permissions.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { accountDatabase } from "../../db/index.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireChannelInPath } from "../../http/require-visible-channel.ts";
import { body, validate } from "../../http/validate.ts";
import { eraseUser, type Proof, purgeChannel } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { delayRejections } from "../auth/index.ts";
import { findLastJob, presentJob, startJob } from "../jobs/index.ts";
import { withProof } from "../second-factor/index.ts";
import { findUser } from "../users/index.ts";

/**
 * Checks that the person who erases their account is its user: by the password, a code, or a session that began recently.
 *
 * @throws `forbidden`; `second_factor_required` for a session that has not passed the user's second factor; `rate_limited`
 */
const requireProof = (c: Context<AppEnv>, proof: Proof): Promise<null> =>
  withProof(c, proof, (given) =>
    callObject(() => hubOf(c.env, c.var.actor.userId).proveUser(c.var.actor.sessionId, given), { tries: 1 }),
  );

/** The routes that delete for good: an account, a channel. Both start a job; a repeated request finds it. */
export const erasureRoutes = new Hono<AppEnv>()
  .post(
    eraseUser.path,
    authenticate(),
    validate("param", eraseUser.params),
    delayRejections,
    body(eraseUser.body),
    async (c) => {
      const { userId } = c.req.valid("param");
      const { messages, ...proof } = c.req.valid("json");
      const { actor } = c.var;
      const isSelf = actor.userId === userId;
      if (!isSelf && !isWorkspaceAdmin(actor.role))
        reject("forbidden", "Only the user themself, the workspace's owner and admins can erase an account");
      const row = (await findUser(accountDatabase(c.env), userId)) ?? notFound("user");
      if (row.role === "owner")
        reject("conflict", "The owner transfers the ownership before the account can be erased");
      const earlier =
        row.erasedAt === null ? undefined : await findLastJob(c.env, { kind: "erase", subjectId: userId });
      if (earlier?.options["messages"] === messages)
        return reply(c, eraseUser, { job: presentJob(earlier, actor.userId) });
      if (isSelf) await requireProof(c, proof);
      const { job, isNew } = await startJob(c.env, {
        kind: "erase",
        subjectId: userId,
        requestedBy: actor.userId,
        options: { messages },
      });
      if (!isNew && job.options["messages"] !== messages)
        reject("conflict", "This account is being erased already, with another choice of messages");
      if (isNew)
        recordAudit(c, { action: "account.erase", objectId: userId, detail: { messages, jobId: job.id } });
      return reply(c, eraseUser, { job: presentJob(job, actor.userId) });
    },
  )
  .post(purgeChannel.path, authenticate(), validate("param", purgeChannel.params), async (c) => {
    const { channelId } = c.req.valid("param");
    const { actor } = c.var;
    // After the purge has begun, the channel does not exist for its requester either.
    const earlier = await findLastJob(c.env, { kind: "purge", subjectId: channelId });
    if (earlier?.requestedBy === actor.userId)
      return reply(c, purgeChannel, { job: presentJob(earlier, actor.userId) });
    await requireChannelInPath(c, channelId);
    unwrap(await callObject(() => roomOf(c.env, channelId).authorizePurge(actor)));
    const { job, isNew } = await startJob(c.env, {
      kind: "purge",
      subjectId: channelId,
      requestedBy: actor.userId,
    });
    if (isNew) recordAudit(c, { action: "channel.purge", objectId: channelId, detail: { jobId: job.id } });
    return reply(c, purgeChannel, { job: presentJob(job, actor.userId) });
  });
