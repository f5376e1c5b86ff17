import { createMessage, createThread, getThreadMessages } from "../../../../src/protocol/index.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { expectOk } from "./endpoint-client.ts";

interface Extra {
  nonce?: string;
  alsoInChannel?: boolean;
}

/** Posts a message over REST and returns it. */
export const postMessage = (as: TestUser, channelId: string, content: string, extra: Extra = {}) =>
  expectOk(createMessage, { as, params: { channelId }, body: { content, ...extra } });

/** Posts a reply to a message over REST and returns it. */
export const postReply = (
  as: TestUser,
  { channelId, id: messageId }: { channelId: string; id: string },
  content: string,
  extra: Extra = {},
) => expectOk(createThread, { as, params: { channelId, messageId }, body: { content, ...extra } });

/** Fetches a page of a thread by its root or any reply. */
export const getThreadPage = (
  as: TestUser,
  { channelId, id: messageId }: { channelId: string; id: string },
  query: Record<string, string | number> = {},
) => expectOk(getThreadMessages, { as, params: { channelId, messageId }, query });

/** The path of a message, for `callRest`. */
export const messagePath = ({ channelId, id }: { channelId: string; id: string }): string =>
  `/v1/channels/${channelId}/messages/${id}`;

/** The path parameters of a message, for `expectOk` and `expectRejected`. */
export const messageParams = ({ channelId, id: messageId }: { channelId: string; id: string }) => ({
  channelId,
  messageId,
});
