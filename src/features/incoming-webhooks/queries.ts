import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { z } from "zod";
import type { Config } from "../../config.ts";
import {
  accountDatabase,
  channels,
  databaseErrorText,
  incomingWebhooks,
  isReadableBy,
  users,
} from "../../db/index.ts";
import { botUsername } from "../../domain/bot-username.ts";
import { decodeCursor, toPage } from "../../domain/pagination.ts";
import { newWebhookSecret, webhookSecretHash } from "../../domain/webhook-secret.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { isoTime } from "../../lib/time.ts";
import {
  type getAllIncomingWebhooks,
  type IncomingWebhook,
  IncomingWebhookId,
  type ListedWebhook,
} from "../../protocol/index.ts";
import { insertAccount } from "../auth/index.ts";

export type WebhookRow = typeof incomingWebhooks.$inferSelect;

/** A webhook with its secret, which is nowhere stored. */
export interface WebhookWithSecret {
  row: WebhookRow;
  secret: string;
}

export const presentWebhook = ({ id, channelId, name, ...row }: WebhookRow): IncomingWebhook => {
  const { icon, botUserId, anyChannel, createdBy, createdAt } = row;
  return { id, channelId, name, icon, botUserId, anyChannel, createdBy, createdAt: isoTime(createdAt) };
};

/**
 * Inserts a webhook and the account of its bot in one transaction. The bot joins the channel afterwards.
 *
 * @throws `conflict` at the limit of the channel or of the workspace
 */
export async function insertWebhook(
  env: Env,
  { REFRESH_TOKEN_KEY, CHANNEL_INCOMING_WEBHOOKS, WORKSPACE_INCOMING_WEBHOOKS }: Config,
  given: Pick<WebhookRow, "channelId" | "name" | "icon" | "anyChannel" | "createdBy">,
): Promise<WebhookWithSecret> {
  const db = accountDatabase(env);
  const nowMs = Date.now();
  const id = newId("iwh", nowMs);
  const secret = newWebhookSecret(REFRESH_TOKEN_KEY, id);
  const row = { ...given, id, botUserId: newId("usr", nowMs), createdAt: nowMs };
  const secretHash = webhookSecretHash(secret);
  // The column may not be NULL, so that simultaneous requests can't exceed the limits.
  const ifBelowLimits = sql<string>`(SELECT CASE WHEN count(*) < ${WORKSPACE_INCOMING_WEBHOOKS}
    AND count(*) FILTER (WHERE channel_id = ${given.channelId}) < ${CHANNEL_INCOMING_WEBHOOKS} THEN ${secretHash} END FROM incoming_webhooks)`;
  const account = {
    id: row.botUserId,
    email: "",
    username: botUsername(given.name, "webhook"),
    displayName: given.name,
    passwordHash: "",
    role: "member" as const,
    createdAt: nowMs,
    isBot: true,
  };
  try {
    await insertAccount(db, account, [
      db.insert(incomingWebhooks).values({ ...row, secretHash: ifBelowLimits }),
    ]);
  } catch (error) {
    if (databaseErrorText(error).includes("NOT NULL constraint failed: incoming_webhooks.secret_hash"))
      reject("conflict", "The channel, or the workspace, has as many webhooks as are permitted; delete one");
    throw error;
  }
  return { row: { ...row, secretHash }, secret };
}

/** Lists the webhooks of a channel, oldest first. */
export const listWebhooks = (env: Env, channelId: string): Promise<WebhookRow[]> =>
  accountDatabase(env)
    .select()
    .from(incomingWebhooks)
    .where(eq(incomingWebhooks.channelId, channelId))
    .orderBy(asc(incomingWebhooks.id));

/**
 * Lists the webhooks of all channels, oldest first. Of a private channel that the reader is not a member of, neither the name nor the icon that its messages
 * show is returned.
 */
export async function listAllWebhooks(
  env: Env,
  userId: string,
  { limit, cursor }: z.output<typeof getAllIncomingWebhooks.query>,
) {
  const after =
    cursor === undefined ? undefined : gt(incomingWebhooks.id, decodeCursor(cursor, IncomingWebhookId));
  const rows = await accountDatabase(env)
    .select({
      webhook: incomingWebhooks,
      channelName: channels.name,
      isReadable: sql<number>`${isReadableBy(userId)}`,
    })
    .from(incomingWebhooks)
    .leftJoin(channels, eq(channels.id, incomingWebhooks.channelId))
    .where(after)
    .orderBy(asc(incomingWebhooks.id))
    .limit(limit + 1);
  return toPage(
    rows,
    limit,
    ({ webhook, channelName, isReadable }): ListedWebhook => ({
      ...presentWebhook(webhook),
      ...(isReadable === 1 ? { channelName } : { channelName: null, icon: null }),
    }),
    ({ webhook }) => webhook.id,
  );
}

/** Returns a webhook; undefined for an unknown id. */
export const findWebhook = (env: Env, id: string): Promise<WebhookRow | undefined> =>
  accountDatabase(env).select().from(incomingWebhooks).where(eq(incomingWebhooks.id, id)).get();

const inChannel = (channelId: string, id: string) =>
  and(eq(incomingWebhooks.id, id), eq(incomingWebhooks.channelId, channelId));

/** Returns a webhook of a channel. @throws `not_found` */
export async function requireWebhook(env: Env, channelId: string, id: string): Promise<WebhookRow> {
  const row = await findWebhook(env, id);
  return row?.channelId === channelId ? row : notFound("webhook");
}

/** Changes fields of a webhook. @throws `not_found` */
export async function changeWebhook(
  env: Env,
  { channelId, id }: Pick<WebhookRow, "channelId" | "id">,
  change: Partial<Pick<WebhookRow, "name" | "icon" | "anyChannel" | "secretHash">>,
): Promise<WebhookRow> {
  const row = await accountDatabase(env)
    .update(incomingWebhooks)
    .set(change)
    .where(inChannel(channelId, id))
    .returning()
    .get();
  return row ?? notFound("webhook");
}

/** Replaces the secret. @throws `not_found` */
export async function rotateSecret(
  env: Env,
  { REFRESH_TOKEN_KEY }: Pick<Config, "REFRESH_TOKEN_KEY">,
  { channelId, id }: Pick<WebhookRow, "channelId" | "id">,
): Promise<WebhookWithSecret> {
  const secret = newWebhookSecret(REFRESH_TOKEN_KEY, id);
  return {
    row: await changeWebhook(env, { channelId, id }, { secretHash: webhookSecretHash(secret) }),
    secret,
  };
}

/**
 * Deletes a webhook and deactivates its bot, in one transaction.
 *
 * @returns the bot's account; undefined if it was deactivated before
 */
export async function deleteWebhookRow(env: Env, { id, botUserId }: Pick<WebhookRow, "id" | "botUserId">) {
  const db = accountDatabase(env);
  const [[bot]] = await db.batch([
    db
      .update(users)
      .set({ active: false, rev: sql`${users.rev} + 1` })
      .where(and(eq(users.id, botUserId), eq(users.active, true), eq(users.isBot, true)))
      .returning(),
    db.delete(incomingWebhooks).where(eq(incomingWebhooks.id, id)),
  ]);
  return bot;
}
