import { reject } from "../../../errors/app-error.ts";
import { CommandAnswer, hasContent } from "../../../protocol/index.ts";
import { standardWebhookHeaders } from "../../../outbound/index.ts";
import { openSecrets } from "../command-secrets.ts";
import type { Delivery } from "./delivery.ts";
import { postInvocation, rejectAnswer } from "./post-invocation.ts";

/** Posts an invocation to the command's URL, signed by Standard Webhooks. The response is the acknowledgement, and may contain the answer. */
export const urlDelivery: Delivery = {
  async deliver({ config }, command, invocation) {
    const { id: commandId, name, url, secrets } = command;
    const nowMs = Date.now();
    const keys = await openSecrets(config, commandId, secrets, nowMs);
    if (url === null || keys.length === 0)
      return reject("bot_unavailable", `/${name} has no secret that this server can read; rotate it`);
    const body = JSON.stringify({ type: "commandInvoke", at: invocation.triggeredAt, data: invocation });
    const headers = {
      "Content-Type": "application/json",
      Accept: "application/json",
      ...standardWebhookHeaders(keys, { id: invocation.id, body, nowMs }),
    };
    const { bytes } = await postInvocation(config, command, { url, headers, body });
    return { answer: answerOf(name, bytes) };
  },
};

/**
 * Reads the answer in the body of a response. An empty body, or JSON without `content`, acknowledges without an answer.
 *
 * @throws `bot_unavailable` for a body that is not an answer
 */
function answerOf(name: string, bytes: Uint8Array): CommandAnswer | null {
  if (bytes.length === 0) return null;
  const parsed = CommandAnswer.safeParse(parseJson(bytes));
  if (!parsed.success) return rejectAnswer(name);
  return hasContent(parsed.data) ? parsed.data : null;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return undefined;
  }
}
