import type { Config } from "../../../config.ts";
import { reject } from "../../../errors/app-error.ts";
import { logLine } from "../../../lib/log-line.ts";
import {
  fetchOutbound,
  OutboundError,
  type OutboundErrorCode,
  type OutboundResponse,
} from "../../../outbound/index.ts";
import { limits } from "../../../protocol/index.ts";
import type { RunnableCommand } from "../registry.ts";

/** Requests of one command that an isolate has open at the same time. A slow receiver can't occupy more than these. */
const maxOpenRequests = 50;
const openRequests = new Map<string, number>();

/** Why a request failed, as the user reads it: without the address. */
const failures: Record<OutboundErrorCode, string> = {
  invalid_url: "has an address that is not permitted",
  forbidden_url: "has an address that is not permitted",
  unknown_host: "has an address that does not exist",
  resolver_failed: "could not be reached",
  unreachable: "could not be reached",
  timeout: `did not respond within ${limits.commandAckMs / 1_000} s`,
};

/**
 * Posts an invocation to the server of a command, unless too many requests of the command are open.
 *
 * @throws `bot_unavailable` beyond the limit, if the request fails, for another status than 2xx, and for a response that is too long
 */
export async function postInvocation(
  config: Config,
  { id: commandId, name }: RunnableCommand,
  request: { url: string; headers: Record<string, string>; body: string },
): Promise<OutboundResponse> {
  const open = openRequests.get(commandId) ?? 0;
  if (open >= maxOpenRequests)
    return reject("bot_unavailable", `Too many users wait for /${name}; try again in a few seconds`);
  openRequests.set(commandId, open + 1);
  try {
    const response = await fetchOutbound(config, {
      ...request,
      timeoutMs: limits.commandAckMs,
      maxBytes: limits.jsonBodyBytes,
    });
    const { status, isTruncated } = response;
    if (status < 200 || status > 299)
      reject("bot_unavailable", `The server of /${name} responded with the status ${status}`);
    if (isTruncated) reject("bot_unavailable", `The answer of /${name} has more than 64 KiB`);
    return response;
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

/** Rejects a response that has another form than an answer. @throws `bot_unavailable`, always */
export const rejectAnswer = (name: string): never =>
  reject("bot_unavailable", `The server of /${name} sent something that is not an answer`);
