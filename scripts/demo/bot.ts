import type { Message } from "../../src/client/index.ts";
import type { Participant } from "./participant.ts";

/**
 * Starts a bot, which is a client like any other: it replies to messages that contain `@tally` with the number of messages of each
 * participant.
 *
 * @returns `answered`, which waits for all replies so far
 */
export function startTally(
  bot: Participant,
  participants: Participant[],
  sendReply: (text: string) => Promise<unknown>,
): { answered: () => Promise<void> } {
  let replies = Promise.resolve();
  bot.room.on("messageCreate", ({ data: { message } }) => {
    if (message.authorId === bot.user.id || !message.content.includes("@tally")) return;
    replies = replies.then(async () => void (await sendReply(tally(bot.view.list(), participants))));
  });
  return { answered: () => replies };
}

function tally(messages: Message[], participants: Participant[]): string {
  const counts = participants.map(
    ({ name, user }) => `${name} ${messages.filter(({ authorId }) => authorId === user.id).length}`,
  );
  return `${messages.length} messages so far: ${counts.join(", ")}.`;
}
