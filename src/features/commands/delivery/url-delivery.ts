import { reject } from "../../../errors/app-error.ts";
import { logLine } from "../../../lib/log-line.ts";
import { CommandAnswer, hasContent, limits } from "../../../protocol/index.ts";
import {
  fetchOutbound,
  OutboundError,
  type OutboundErrorCode,
  type OutboundResponse,
  standardWebhookHeaders,
} from "../../../outbound/index.ts";
import { openSecrets } from "../command-secrets.ts";
import type { Delivery } from "./delivery.ts";

/** Requests of one command that an isolate has open at the same time. A slow receiver takes no more than these. */
const maxOpenRequests = 50;
const openRequests = new Map<string, number>();

/** What the user learns; not the address. */
const failures: Record<OutboundErrorCode, string> = {
  invalid_url: "has an address that is not permitted",
  forbidden_url: "has an address that is not permitted",
  unknown_host: "has an address that does not exist",
  resolver_failed: "could not be reached",
  unreachable: "could not be reached",
  timeout: `did not respond within ${limits.commandAckMs / 1_000} s`,
};

/** Posts an invocation to the command's URL, signed by Standard Webhooks. The response is the acknowledgement, and may contain the answer. */
export const urlDelivery: Delivery = {
  async deliver({ config }, { id: commandId, name, url, secrets }, invocation) {
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
    const response = await limitOpenRequests({ id: commandId, name }, () =>
      fetchOutbound(config, {
        ...{ url, headers, body },
        timeoutMs: limits.commandAckMs,
        maxBytes: limits.jsonBodyBytes,
      }),
    );
    return { answer: answerOf(name, response) };
  },
};

/**
 * Sends a request of a command, unless too many are open.
 *
 * @throws `bot_unavailable` beyond the limit, and if the request fails
 */
export async function limitOpenRequests<T>(
  { id: commandId, name }: { id: string; name: string },
  send: () => Promise<T>,
): Promise<T> {
  const open = openRequests.get(commandId) ?? 0;
  if (open >= maxOpenRequests)
    return reject("bot_unavailable", `Too many users wait for /${name}; try again in a few seconds`);
  openRequests.set(commandId, open + 1);
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    logLine({ level: "info", message: "command.delivery_failed", commandId, reason: error.code });
    return reject("bot_unavailable", `The server of /${name} ${failures[error.code]}`);
  } finally {
    const left = (openRequests.get(commandId) ?? 1) - 1;
    if (left > 0) openRequests.set(commandId, left);
    else openRequests.delete(commandId);
  }
}

/**
 * Reads the answer in a response. An empty body, or JSON without `content`, acknowledges without an answer.
 *
 * @throws `bot_unavailable` for another status than 2xx, and for a body that is not an answer
 */
function answerOf(name: string, { status, bytes, isTruncated }: OutboundResponse): CommandAnswer | null {
  if (status < 200 || status > 299)
    return reject("bot_unavailable", `The server of /${name} responded with the status ${status}`);
  if (bytes.length === 0) return null;
  if (isTruncated) return reject("bot_unavailable", `The answer of /${name} has more than 64 KiB`);
  const parsed = CommandAnswer.safeParse(parseJson(bytes));
  if (!parsed.success)
    return reject("bot_unavailable", `The server of /${name} sent something that is not an answer`);
  return hasContent(parsed.data) ? parsed.data : null;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return undefined;
  }
}
