import {
  getChannel,
  getMessage,
  getReminder,
  getUser,
  ParleyError,
  type ParleyClient,
} from "../../../src/client/index.ts";
import { pathOf, plainText, titleOf } from "./notification-text.ts";
import type { NotificationPush } from "./push-payload.ts";
import { sessionClient } from "./session-client.ts";

/** What a notification says. */
export interface Description {
  title: string;
  body: string;
  path: string;
}

/** How long the session and the texts may take in all, in ms: the browser ends a worker that does not show a notification soon. */
const timeoutMs = 8_000;

/**
 * Fetches what a notification says, with the user's session. Without it, or if the server does not respond in time, it says only that there is
 * something. Null: there is nothing any more.
 */
export async function describe(push: NotificationPush): Promise<Description | null> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { promise: timeout, resolve } = Promise.withResolvers<Description>();
  // The signal alone is not enough: other requests wait for the session too, so that its restoration is not aborted.
  signal.addEventListener("abort", () => resolve(withoutText(push)));
  return Promise.race([fetchWithSession(push, signal), timeout]);
}

/** When a text that is not found is requested again, in ms: a push can arrive before the database has a new channel or membership. */
const notFoundDelaysMs = [500, 1_500, 3_000];

async function fetchWithSession(push: NotificationPush, signal: AbortSignal): Promise<Description | null> {
  for (let attempt = 0; ; attempt++) {
    try {
      const client = await sessionClient(push.userId);
      return client ? await fetchDescription(client, push, signal) : withoutText(push);
    } catch (error) {
      const isHidden = error instanceof ParleyError && ["not_found", "forbidden"].includes(error.code);
      if (!isHidden) return withoutText(push);
      const delayMs = notFoundDelaysMs[attempt];
      if (delayMs === undefined) return null;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}

async function fetchDescription(
  client: ParleyClient,
  push: NotificationPush,
  signal: AbortSignal,
): Promise<Description | null> {
  const { channelId, messageId, reminderId, kind } = push;
  const options = { signal, retry: false };
  if (reminderId !== undefined) {
    const { text } = await client.call(getReminder, { params: { reminderId }, ...options });
    return { title: "Reminder", body: text, path: pathWithoutText(push) };
  }
  if (channelId === null) return withoutText(push);
  const channel = await client.call(getChannel, { params: { channelId }, ...options });
  const isNamed = channel.name !== null;
  if (kind === "invitation")
    return {
      title: isNamed ? `You were added to #${channel.name}` : "You were added to a conversation",
      body: channel.topic,
      path: `/c/${channelId}`,
    };
  if (messageId === null) return withoutText(push);
  const message = await client.call(getMessage, { params: { channelId, messageId }, ...options });
  if (message.deletedAt !== null) return null;
  const author = await client.call(getUser, { params: { userId: message.authorId }, ...options });
  return {
    title: titleOf(message, channel, author.displayName),
    body: plainText(message),
    path: pathOf(message),
  };
}

const withoutText = (push: NotificationPush): Description => ({
  title: "Parley",
  body: push.kind === "reminder" ? "A reminder is due" : "New message",
  path: pathWithoutText(push),
});

const pathWithoutText = ({ channelId }: NotificationPush): string =>
  channelId === null ? "/later" : `/c/${channelId}`;
