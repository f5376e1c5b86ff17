import { invalidField } from "../../../errors/app-error.ts";
import { type CommandData, limits, type Message } from "../../../protocol/index.ts";
import type { Typed } from "../run/run-registered.ts";
import { executeInRoom, type Runner } from "../runner.ts";
import type { BuiltIn } from "./built-in.ts";

const shrug = "¯\\_(ツ)_/¯";

/** `/me`: posts an action of the user. */
export const meCommand: BuiltIn = {
  posts: true,
  run: async (runner, typed) => {
    if (typed.text === "") throw invalidField("text", "Must not be empty");
    return { message: await post(runner, typed, { content: typed.text, kind: "me" }) };
  },
};

/** `/shrug`: posts the text with a shrug. */
export const shrugCommand: BuiltIn = {
  posts: true,
  run: async (runner, typed) => {
    const content = typed.text === "" ? shrug : `${typed.text} ${shrug}`;
    if ([...content].length > limits.contentLength)
      throw invalidField("text", `Must have at most ${limits.contentLength - shrug.length - 1} characters`);
    return { message: await post(runner, typed, { content }) };
  },
};

async function post(
  runner: Runner,
  { channelId, threadId, nonce }: Typed,
  written: Pick<CommandData<"messageCreate">, "content" | "kind">,
): Promise<Message> {
  const data = { ...written, ...(nonce !== undefined && { nonce }) };
  const { data: result } =
    threadId === null
      ? await executeInRoom(runner, channelId, "messageCreate", data)
      : await executeInRoom(runner, channelId, "threadCreate", { ...data, messageId: threadId });
  return result.message;
}
