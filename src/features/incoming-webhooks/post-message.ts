import { and, eq } from "drizzle-orm";
import { accountDatabase, channelMembers, channelNames, type Database } from "../../db/index.ts";
import type { Actor } from "../../domain/actor.ts";
import { AppError, notFound } from "../../errors/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { sha256Of } from "../../lib/macs.ts";
import { ChannelId, type Command, EventPage, type Message } from "../../protocol/index.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { foldKey } from "../../text/fold-key.ts";
import { entryOfPage, findMessageByTs } from "../slack/index.ts";
import type { HookMessage } from "./convert-message.ts";
import type { WebhookRow } from "./queries.ts";
import { rejectHook, WebhookError } from "./slack-answer.ts";

/** The bot of a webhook, as which it posts. It has no session: the secret in the request's path authenticates it. */
const actorOf = ({ id, botUserId }: WebhookRow): Actor => ({
  userId: botUserId,
  sessionId: id,
  role: "member",
  grant: { scopes: ["write"], channelIds: null },
  isBot: true,
});

/**
 * Posts a message as the bot of a webhook, by the same command as any other message.
 *
 * @param idempotencyKey the request's header; a repeated request with the same key and message posts nothing
 * @throws WebhookError
 */
export async function postMessage(
  env: Env,
  webhook: WebhookRow,
  {
    channelId,
    message,
    idempotencyKey,
  }: { channelId: string; message: HookMessage; idempotencyKey: string | undefined },
): Promise<Message> {
  const { replyTo, nonce, ...fields } = message;
  // With a nonce, a call whose answer was lost is repeated without a second message.
  const data = { ...fields, nonce: nonce ?? nonceOf(idempotencyKey) };
  const actor = actorOf(webhook);
  try {
    const command: Command = replyTo
      ? {
          type: "threadCreate",
          data: { ...data, messageId: await findRootId(env, actor, channelId, replyTo) },
        }
      : { type: "messageCreate", data };
    const { result } = unwrap(await callObject(() => roomOf(env, channelId).execute(actor, command)));
    return (result as { message: Message }).message;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw await explain(env, actor, { error, channelId, webhook, isReply: replyTo !== undefined });
  }
}

/**
 * Returns the id of the message to reply to. A timestamp is looked up in the channel's log.
 *
 * @throws AppError `not_found` if there is no such message, or the bot may not read the channel
 */
async function findRootId(
  env: Env,
  { userId, sessionId }: Actor,
  channelId: string,
  replyTo: NonNullable<HookMessage["replyTo"]>,
): Promise<string> {
  if ("messageId" in replyTo) return replyTo.messageId;
  const read = async (seq: number) => {
    const page = { kind: "events", after: seq - 1, limit: 1 } as const;
    const { json } = unwrap(await callObject(() => roomOf(env, channelId).read({ userId, sessionId }, page)));
    return entryOfPage(EventPage.parse(JSON.parse(json ?? "")));
  };
  return (await findMessageByTs(read, replyTo.ts)) ?? notFound("message");
}

/** Returns the nonce of a message: the hash of the header, which may be longer than a nonce, or else a random one. */
const nonceOf = (idempotencyKey: string | undefined): string =>
  idempotencyKey ? sha256Of(idempotencyKey) : newId("req");

interface Rejection {
  error: AppError;
  channelId: string;
  webhook: WebhookRow;
  isReply: boolean;
}

/** Returns the error with which Slack would reject the message that a room has rejected. */
async function explain(env: Env, actor: Actor, rejection: Rejection): Promise<WebhookError> {
  const { error, channelId, webhook, isReply } = rejection;
  switch (error.code) {
    case "rate_limited":
      return new WebhookError("rate_limited", error.retryAfterMs);
    case "nonce_reused":
      return new WebhookError("nonce_reused");
    case "validation_failed":
      return new WebhookError("invalid_payload");
    case "not_found":
    case "forbidden":
    case "conflict":
      break;
    default:
      return new WebhookError("service_unavailable", error.retryAfterMs ?? 1_000);
  }
  const room = () => roomOf(env, channelId);
  const [access, snapshot] = await Promise.all([
    callObject(() => room().admit(actor)),
    callObject(() => room().snapshot(actor)),
  ]);
  if (!access.ok || access.value.role === null || !snapshot.ok)
    return new WebhookError(channelId === webhook.channelId ? "no_active_hooks" : "channel_not_found");
  const { archivedAt, postingPolicy } = snapshot.value;
  if (archivedAt !== null) return new WebhookError("channel_is_archived");
  if (error.code !== "forbidden") return new WebhookError(isReply ? "thread_not_found" : "invalid_payload");
  return new WebhookError(
    postingPolicy === "moderators" && access.value.role === "member"
      ? "posting_to_general_channel_denied"
      : "action_prohibited",
  );
}

/**
 * Returns the channel to post to. A request may choose another than the webhook's own, by its id or by the name of a public channel, only if
 * the webhook permits it; otherwise the choice is ignored, as Slack does.
 *
 * @throws WebhookError `channel_not_found`
 */
export async function chooseChannel(env: Env, webhook: WebhookRow, chosen: string): Promise<string> {
  if (!webhook.anyChannel || chosen === "") return webhook.channelId;
  const id = ChannelId.safeParse(/^C[0-9A-Z]{26}$/.test(chosen) ? `chn_${chosen.slice(1)}` : chosen).data;
  const db = accountDatabase(env);
  const channelId = id ?? (await findByName(db, chosen)) ?? rejectHook("channel_not_found");
  // A made-up id must not start a room: the bot's memberships are in D1.
  const member = await db
    .select({ channelId: channelMembers.channelId })
    .from(channelMembers)
    .where(and(eq(channelMembers.channelId, channelId), eq(channelMembers.userId, webhook.botUserId)))
    .get();
  return member?.channelId ?? rejectHook("channel_not_found");
}

const maxNameLength = 100;

async function findByName(db: Database, chosen: string): Promise<string | undefined> {
  const name = chosen.replace(/^#/, "").slice(0, maxNameLength);
  const row = await db
    .select({ channelId: channelNames.channelId })
    .from(channelNames)
    .where(eq(channelNames.nameKey, foldKey(name)))
    .get();
  return row?.channelId;
}
