import { reject } from "../../../errors/app-error.ts";
import type { CommandAnswer } from "../../../protocol/index.ts";
import type { OutboundResponse } from "../../../outbound/index.ts";
import { commandAnswerOf, slackSignature, slashCommandPayload } from "../../slack/index.ts";
import { openSecrets } from "../command-secrets.ts";
import type { Delivery } from "./delivery.ts";
import { postInvocation, rejectAnswer } from "./post-invocation.ts";

/** Posts an invocation to the command's URL as Slack does: a form, signed with the bot's signing secret. */
export const slackDelivery: Delivery = {
  async deliver({ env, config }, command, invocation) {
    const { id, name, url, secrets, botId } = command;
    const nowMs = Date.now();
    const [secret] = await openSecrets(config, id, secrets, nowMs);
    if (url === null || secret === undefined)
      return reject("bot_unavailable", `/${name} has no secret that this server can read; register it again`);
    const payload = await slashCommandPayload(env, config, invocation, botId);
    const body = new URLSearchParams(payload).toString();
    const headers = {
      "Content-Type": "application/x-www-form-urlencoded",
      ...slackSignature(secret, body, nowMs),
    };
    const response = await postInvocation(config, command, { url, headers, body });
    return { answer: await answerOf(env, name, response) };
  },
};

/** Reads the answer in a response: JSON in Slack's form, or text. An empty body acknowledges without an answer. */
async function answerOf(
  env: Env,
  name: string,
  { headers, bytes }: OutboundResponse,
): Promise<CommandAnswer | null> {
  const text = new TextDecoder().decode(bytes).trim();
  if (text === "") return null;
  const isJson = /^application\/json\b/i.test(headers.get("Content-Type") ?? "");
  return (await commandAnswerOf(env, isJson ? parseJson(text) : text)) ?? rejectAnswer(name);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
