import { createMessage, createThread, getThreadMessages } from "../../../src/protocol/index.ts";
import type { Person } from "./cast.ts";
import { ok } from "./endpoints.ts";

interface Extra {
  nonce?: string;
  alsoInChannel?: boolean;
}

/** Posts over REST; gives the message as it was answered. */
export const say = (as: Person, channelId: string, content: string, extra: Extra = {}) =>
  ok(createMessage, { as, params: { channelId }, body: { content, ...extra } });

/** Replies over REST to `message`; gives the reply. */
export const answer = (
  as: Person,
  { channelId, id: messageId }: { channelId: string; id: string },
  content: string,
  extra: Extra = {},
) => ok(createThread, { as, params: { channelId, messageId }, body: { content, ...extra } });

/** A page of a thread, by its root or any reply. */
export const threadOf = (
  as: Person,
  { channelId, id: messageId }: { channelId: string; id: string },
  query: Record<string, string | number> = {},
) => ok(getThreadMessages, { as, params: { channelId, messageId }, query });

/** Where a message lies, for `call`. */
export const pathOf = ({ channelId, id }: { channelId: string; id: string }): string =>
  `/v1/channels/${channelId}/messages/${id}`;

/** Its parameters, for `ok` and `refused`. */
export const at = ({ channelId, id: messageId }: { channelId: string; id: string }) => ({
  channelId,
  messageId,
});
