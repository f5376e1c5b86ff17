import type { Actor } from "../../domain/actor.ts";
import type { Message, ScheduledMessage } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";

/** A message to be sent later. */
export interface ScheduleInput {
  channelId: string;
  threadId?: string | undefined;
  alsoInChannel?: boolean | undefined;
  content: string;
  fileIds?: string[] | undefined;
  /** In ms since 1970. */
  sendAt: number;
  nonce?: string | undefined;
  kind?: Message["kind"];
  /** Only for bots, as the following. */
  sender?: Message["sender"];
  attachments?: Message["attachments"];
  metadata?: Message["metadata"];
}

/**
 * Schedules a message, after the room has confirmed that the user may post it now. The caller has checked that the channel is visible to the
 * user.
 *
 * @returns `repeated`: an earlier call with the same nonce created it
 * @throws what the room would reject the message with; `conflict` at the limit; `nonce_reused`; `validation_failed` for the time
 */
export async function scheduleMessage(
  env: Env,
  actor: Actor,
  {
    channelId,
    threadId,
    alsoInChannel = false,
    content,
    fileIds = [],
    sendAt,
    nonce,
    ...extras
  }: ScheduleInput,
): Promise<{ scheduled: ScheduledMessage; repeated: boolean }> {
  const post = unwrap(
    await callObject(() => roomOf(env, channelId).authorizePost(actor, { threadId, extras })),
  );
  const input = {
    channelId,
    threadId: post.threadId,
    alsoInChannel: alsoInChannel && post.threadId !== null,
    content,
    fileIds,
    sendAt,
    extras,
    isBot: actor.isBot === true,
    scopes: actor.grant?.scopes ?? null,
    nonce,
  };
  // Without a nonce a repeated call could create a second one.
  const tries = nonce === undefined ? 1 : 3;
  const { scheduled, repeated } = unwrap(
    await callObject(() => hubOf(env, actor.userId).createScheduledMessage(input), { tries }),
  );
  return { scheduled: scheduled as ScheduledMessage, repeated };
}
