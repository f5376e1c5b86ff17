import { createMessage, createThread, getThreadMessages } from "../../../../src/protocol/index.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { expectOk } from "./endpoint-client.ts";

interface Extra {
  nonce?: string;
  alsoInChannel?: boolean;
}

/** Posts over REST; gives the message as it was answered. */
export const postMessage = (as: TestUser, channelId: string, content: string, extra: Extra = {}) =>
  expectOk(createMessage, { as, params: { channelId }, body: { content, ...extra } });

/** Replies over REST to `message`; gives the reply. */
export const postReply = (
  as: TestUser,
  { channelId, id: messageId }: { channelId: string; id: string },
  content: string,
  extra: Extra = {},
) => expectOk(createThread, { as, params: { channelId, messageId }, body: { content, ...extra } });

/** A page of a thread, by its root or any reply. */
export const getThreadPage = (
  as: TestUser,
  { channelId, id: messageId }: { channelId: string; id: string },
  query: Record<string, string | number> = {},
) => expectOk(getThreadMessages, { as, params: { channelId, messageId }, query });

/** Where a message lies, for `call`. */
export const messagePath = ({ channelId, id }: { channelId: string; id: string }): string =>
  `/v1/channels/${channelId}/messages/${id}`;

/** Its parameters, for `ok` and `refused`. */
export const messageParams = ({ channelId, id: messageId }: { channelId: string; id: string }) => ({
  channelId,
  messageId,
});
