import type { Message } from "../../../src/client/index.ts";
import { openPane } from "../router.ts";

/** Opens the thread of a message beside the channel. */
export const openThread = ({
  id,
  threadId,
  channelId,
}: Pick<Message, "id" | "threadId" | "channelId">): void =>
  openPane({ kind: "thread", channelId, messageId: threadId ?? id });
