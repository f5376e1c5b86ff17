import type { Message } from "../../../protocol/index.ts";
import { slackUserId } from "../ids.ts";
import { slackTs } from "../timestamps.ts";
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
  /** The user whose view it is. */
  viewerId: string;
  /** The root message of the thread; needed for replies alone. */
  root?: ThreadRoot | undefined;
  /** Converts the text of a message to Slack's mrkdwn. */
  toMrkdwn(message: Message): Promise<string> | string;
}

/** Returns a message as Slack's API describes it, without the channel. */
export async function presentMessage(message: Message, view: MessageView) {
  const { authorId, files, version, updatedAt, reactions, thread, threadId } = message;
  const { teamId, origin, viewerId, root } = view;
  const ts = slackTs(message);
  const user = slackUserId(authorId);
  return {
    type: "message" as const,
    user,
    text: message.deletedAt === null ? await view.toMrkdwn(message) : "This message was deleted.",
    ts,
    team: teamId,
    ...(message.deletedAt !== null && { subtype: "tombstone", hidden: true }),
    ...(version > 1 && { edited: { user, ts: (Date.parse(updatedAt) / 1_000).toFixed(6) } }),
    ...(threadId !== null && root && { thread_ts: root.ts, parent_user_id: slackUserId(root.authorId) }),
    ...(thread && {
      thread_ts: ts,
      reply_count: thread.replyCount,
      reply_users: thread.participantIds.map(slackUserId),
      reply_users_count: thread.participantIds.length,
      ...(thread.lastReplyAt !== null && {
        latest_reply: (Date.parse(thread.lastReplyAt) / 1_000).toFixed(6),
      }),
    }),
    ...(files.length > 0 && { files: files.map((file) => presentFile(file, origin)), upload: false }),
    ...(reactions.length > 0 && {
      reactions: await Promise.all(
        reactions.map(async ({ emoji, count, me }) => ({
          name: await nameOfEmoji(emoji),
          count,
          users: me ? [slackUserId(viewerId)] : [],
        })),
      ),
    }),
  };
}
