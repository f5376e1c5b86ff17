import type { Config } from "../../config.ts";
import type { Actor } from "../../domain/actor.ts";
import { isWorkspaceAdmin } from "../../domain/permissions.ts";
import { AppError, reject } from "../../errors/app-error.ts";
import { failpoint, rethrowSimulatedCrash } from "../../lib/failpoint.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import type { StoredFile } from "../files/index.ts";
import { accountFacts, presentSelf, updateMe } from "../users/index.ts";
import { setBotAvatar } from "./bot-avatar.ts";
import {
  changeWebhook,
  deleteWebhookRow,
  insertWebhook,
  type WebhookRow,
  type WebhookWithSecret,
} from "./queries.ts";

/** What a moderator chooses of a webhook, besides the avatar. */
interface WebhookSettings {
  name: string;
  icon: string | null;
  anyChannel: boolean;
}

/** Lets only admins of the workspace permit a webhook to post to further channels. @throws `forbidden` */
function requireAdminFor({ anyChannel }: { anyChannel?: boolean | undefined }, { role }: Actor): void {
  if (anyChannel === true && !isWorkspaceAdmin(role))
    reject("forbidden", "Only the workspace's owner and admins can set `anyChannel`");
}

/**
 * Creates a webhook, and adds its bot to the channel as the actor. After a crash before the bot has joined, the webhook is listed and
 * posts nothing; it can be deleted, or its bot added.
 *
 * @param avatar a file that `requireAvatarFile` returned
 * @throws `conflict` if the channel is archived, or at a limit; `forbidden`; `quota_exceeded`; `rate_limited` as for adding a member
 */
export async function createWebhook(
  env: Env,
  config: Config,
  actor: Actor,
  {
    channelId,
    avatar,
    ...settings
  }: WebhookSettings & { channelId: string; avatar?: StoredFile | undefined },
): Promise<WebhookWithSecret> {
  requireAdminFor(settings, actor);
  const created = await insertWebhook(env, config, { channelId, createdBy: actor.userId, ...settings });
  failpoint("webhook:after-insert");
  const { botUserId } = created.row;
  if (avatar)
    await setBotAvatar(env, config, botUserId, avatar).catch(async (error: unknown) => {
      rethrowSimulatedCrash(error);
      // The bot has not joined, so that nothing refers to the webhook.
      await deleteInactive(env, created.row);
      throw error;
    });
  try {
    unwrap(
      await callObject(() =>
        roomOf(env, channelId).execute(actor, { type: "memberJoin", data: { userId: botUserId } }),
      ),
    );
  } catch (error) {
    // Rejected: nothing refers to the webhook yet. After any other error the bot may have joined.
    if (error instanceof AppError && error.code !== "unavailable") {
      if (avatar) await setBotAvatar(env, config, botUserId, null).catch(() => {});
      await deleteInactive(env, created.row);
    }
    throw error;
  }
  return created;
}

/**
 * Changes a webhook. A new name also becomes the display name of its bot.
 *
 * @param change `avatar`: a file that `requireAvatarFile` returned; null removes the avatar
 * @throws `not_found`; `forbidden`; `quota_exceeded`; `rate_limited`
 */
export async function updateWebhook(
  env: Env,
  config: Config,
  actor: Actor,
  webhook: WebhookRow,
  change: { [Key in keyof WebhookSettings]?: WebhookSettings[Key] | undefined } & {
    avatar?: StoredFile | null | undefined;
  },
): Promise<WebhookRow> {
  requireAdminFor(change, actor);
  if (change.avatar !== undefined) await setBotAvatar(env, config, webhook.botUserId, change.avatar);
  if (change.name !== undefined) await updateMe(env, webhook.botUserId, { displayName: change.name });
  const { name = webhook.name, icon = webhook.icon, anyChannel = webhook.anyChannel } = change;
  return changeWebhook(env, webhook, { name, icon, anyChannel });
}

/**
 * Deletes a webhook, removes its bot from the channel as the actor, and deactivates the bot, which is then suspended in further channels. May be
 * repeated.
 *
 * @throws `unavailable`, with the webhook still there
 */
export async function deleteWebhook(env: Env, actor: Actor, webhook: WebhookRow): Promise<void> {
  const left = await callObject(() =>
    roomOf(env, webhook.channelId).execute(actor, {
      type: "memberLeave",
      data: { userId: webhook.botUserId },
    }),
  );
  // A bot that was made a moderator can only be removed by an owner. It stays as a suspended member then.
  if (!left.ok && left.problem.code === "unavailable") unwrap(left);
  await deleteInactive(env, webhook);
}

/**
 * Deletes the row of a webhook and deactivates its bot. The hub is notified before D1 is written that a change may follow: after a crash that
 * follows the write, the hub reads the change from D1.
 */
async function deleteInactive(env: Env, webhook: Pick<WebhookRow, "id" | "botUserId">): Promise<void> {
  const hub = () => hubOf(env, webhook.botUserId);
  const expectation = await callObject(() => hub().announceAccountChange());
  const bot = await deleteWebhookRow(env, webhook);
  failpoint("webhook:after-delete");
  if (bot)
    await callObject(() => hub().applyAccount(accountFacts(bot), { expectation, self: presentSelf(bot) }));
}
