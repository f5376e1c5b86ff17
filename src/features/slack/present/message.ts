import type { Message } from "../../../protocol/index.ts";
import { slackAppId, slackBotId, slackUserId } from "../ids.ts";
import { idsOfMentions } from "../names.ts";
import { encodeEntities, toMrkdwn } from "../text/index.ts";
import { slackTs } from "../timestamps.ts";
import { presentAttachment } from "./attachments.ts";
import { nameOfEmoji } from "./emoji.ts";
import { presentFile } from "./file.ts";

/** The root message of a thread, as its replies name it. */
export interface ThreadRoot {
  ts: string;
  authorId: string;
}

export interface MessageView {
  teamId: string;
  origin: string;
  /** The user whose view it is; undefined if the view is that of no user. */
  viewerId: string | undefined;
  /** The root message of the thread; needed for replies alone. */
  root?: ThreadRoot | undefined;
}

/** A message as Slack's API describes it. */
export type SlackMessage = { type: "message"; user: string; text: string; ts: string } & Record<
  string,
  unknown
>;

/** A time as Slack's API states it where it is not the key of a message. */
const secondsText = (time: string): string => (Date.parse(time) / 1_000).toFixed(6);

/** Returns a message as Slack's API describes it, without the channel. */
export async function presentMessage(message: Message, view: MessageView): Promise<SlackMessage> {
  const { authorId, version, updatedAt, threadId, deletedAt } = message;
  const ts = slackTs(message);
  const user = slackUserId(authorId);
  const common = { type: "message" as const, user, ts, team: view.teamId };
  if (deletedAt !== null)
    return { ...common, subtype: "tombstone", text: "This message was deleted.", hidden: true };
  return {
    ...common,
    text: toMrkdwn(message.content, idsOfMentions(message)),
    ...(message.kind === "me" && { subtype: "me_message" }),
    ...(message.isBot && { bot_id: slackBotId(authorId), app_id: slackAppId(authorId) }),
    ...presentSender(message),
    ...(version > 1 && { edited: { user, ts: secondsText(updatedAt) } }),
    ...(threadId !== null &&
      view.root && { thread_ts: view.root.ts, parent_user_id: slackUserId(view.root.authorId) }),
    ...presentThread(message, ts),
    ...(message.files.length > 0 && {
      files: message.files.map((file) => presentFile(file, view.origin)),
      upload: false,
    }),
    ...(message.attachments && { attachments: message.attachments.map(presentAttachment) }),
    ...presentMetadata(message),
    ...(await presentReactions(message, view)),
  };
}

function presentSender({ sender }: Message) {
  if (!sender) return {};
  const { name, icon } = sender;
  return {
    ...(name !== undefined && { username: encodeEntities(name) }),
    ...(icon !== undefined && { icons: icon.startsWith(":") ? { emoji: icon } : { image_48: icon } }),
  };
}

function presentThread({ thread }: Message, ts: string) {
  if (!thread) return {};
  const { replyCount, participantIds, lastReplyAt } = thread;
  return {
    thread_ts: ts,
    reply_count: replyCount,
    reply_users: participantIds.map(slackUserId),
    reply_users_count: participantIds.length,
    ...(lastReplyAt !== null && { latest_reply: secondsText(lastReplyAt) }),
  };
}

/** `blocks` and Slack's own metadata are kept in ours, as they were sent: `message-text.ts`. */
function presentMetadata({ metadata }: Message) {
  if (!metadata) return {};
  const { blocks, event_type: type, event_payload: payload } = metadata;
  return {
    ...(Array.isArray(blocks) && { blocks }),
    ...(typeof type === "string" && { metadata: { event_type: type, event_payload: payload ?? {} } }),
  };
}

async function presentReactions({ reactions }: Message, { viewerId }: MessageView) {
  if (reactions.length === 0) return {};
  return {
    reactions: await Promise.all(
      reactions.map(async ({ emoji, count, me }) => ({
        name: await nameOfEmoji(emoji),
        count,
        users: me && viewerId !== undefined ? [slackUserId(viewerId)] : [],
      })),
    ),
  };
}
