import type { Context } from "hono";
import { invalidField } from "../../../errors/app-error.ts";
import type { AppEnv } from "../../../http/context.ts";
import { submitCommand } from "../../../http/submit-command.ts";
import { type CommandData, limits, type Message } from "../../../protocol/index.ts";
import type { Typed } from "../run-registered.ts";
import type { BuiltIn } from "./built-in.ts";

const shrug = "¯\\_(ツ)_/¯";

/** `/me`: posts an action of the user. */
export const meCommand: BuiltIn = {
  posts: true,
  run: async (c, typed) => {
    if (typed.text === "") throw invalidField("text", "Must not be empty");
    return { message: await post(c, typed, { content: typed.text, kind: "me" }) };
  },
};

/** `/shrug`: posts the text with a shrug. */
export const shrugCommand: BuiltIn = {
  posts: true,
  run: async (c, typed) => {
    const content = typed.text === "" ? shrug : `${typed.text} ${shrug}`;
    if ([...content].length > limits.contentLength)
      throw invalidField("text", `Must have at most ${limits.contentLength - shrug.length - 1} characters`);
    return { message: await post(c, typed, { content }) };
  },
};

async function post(
  c: Context<AppEnv>,
  { channelId, threadId, nonce }: Typed,
  written: Pick<CommandData<"messageCreate">, "content" | "kind">,
): Promise<Message> {
  const data = { ...written, ...(nonce !== undefined && { nonce }) };
  const { data: result } =
    threadId === null
      ? await submitCommand(c, channelId, "messageCreate", data)
      : await submitCommand(c, channelId, "threadCreate", { ...data, messageId: threadId });
  return result.message;
}
