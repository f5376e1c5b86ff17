import type { Message } from "../../../src/client/index.ts";
import { paths } from "../router.ts";

/** Returns the address that shows a message among its neighbours: in its channel, or beside it in its thread. */
export const messagePath = ({
  channelId,
  seq,
  threadId,
  alsoInChannel,
}: Pick<Message, "channelId" | "seq" | "threadId" | "alsoInChannel">): string =>
  threadId === null || alsoInChannel ? paths.message(channelId, seq) : paths.reply(channelId, threadId, seq);
