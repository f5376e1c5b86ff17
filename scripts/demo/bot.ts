import type { Message } from "../../src/client/index.ts";
import type { Participant } from "./participant.ts";

/** A bot is a client like any other: it hears `@tally` in the channel and answers with who said how much. */
export function startTally(
  bot: Participant,
  people: Participant[],
  answer: (text: string) => Promise<unknown>,
): { answered: () => Promise<void> } {
  let answers = Promise.resolve();
  bot.room.on("messageCreate", ({ data: { message } }) => {
    if (message.authorId === bot.user.id || !message.content.includes("@tally")) return;
    answers = answers.then(async () => void (await answer(tally(bot.view.list(), people))));
  });
  return { answered: () => answers };
}

function tally(messages: Message[], people: Participant[]): string {
  const counts = people.map(
    ({ name, user }) => `${name} ${messages.filter(({ authorId }) => authorId === user.id).length}`,
  );
  return `${messages.length} messages so far: ${counts.join(", ")}.`;
}
