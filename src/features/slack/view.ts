import type { Message } from "../../protocol/index.ts";
import { findRoot, rememberRoot } from "./find.ts";
import type { MethodContext } from "./api/method.ts";
import { presentMessage, type SlackMessage } from "./present/message.ts";

/** Presents messages of one channel to the caller, with the `ts` of their threads. */
export async function presentMessages(
  { api, teamId, userId }: Pick<MethodContext, "api" | "teamId" | "userId">,
  channelId: string,
  messages: readonly Message[],
): Promise<SlackMessage[]> {
  for (const message of messages) if (message.threadId === null) rememberRoot(message);
  const presented: SlackMessage[] = [];
  for (const message of messages) {
    const root = message.threadId === null ? undefined : await findRoot(api, channelId, message.threadId);
    presented.push(
      await presentMessage(message, {
        teamId,
        origin: api.origin,
        viewerId: userId,
        root,
      }),
    );
  }
  return presented;
}

/** Presents one message. */
export async function presentOne(
  context: Pick<MethodContext, "api" | "teamId" | "userId">,
  message: Message,
): Promise<SlackMessage> {
  const [presented] = await presentMessages(context, message.channelId, [message]);
  return presented as SlackMessage;
}
