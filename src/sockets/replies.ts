import { type Command, type FrameId, problem, type ProblemInit } from "../protocol/index.ts";
import type { RpcResult } from "../rpc/rpc-result.ts";

interface AckContent {
  /** The data of the command's event, or the current state where there is no event, as JSON. */
  json: string;
  deduplicated: boolean;
}

/** Makes the `ack` or `error` to a command, by joining text: the data is JSON already. */
export function ackEnvelope(
  id: FrameId | undefined,
  command: Command,
  outcome: RpcResult<AckContent>,
): string {
  if (!outcome.ok) return errorEnvelope(id, outcome.problem);
  const { json, deduplicated } = outcome.value;
  const nonce =
    "nonce" in command.data && command.data.nonce !== undefined
      ? [`"nonce":${JSON.stringify(command.data.nonce)}`]
      : [];
  const fields = [json.slice(1, -1), ...nonce, ...(deduplicated ? ['"deduplicated":true'] : [])].filter(
    (field) => field !== "",
  );
  return `{"type":"ack",${idOf(id)}"data":{${fields.join(",")}}}`;
}

/** Makes the `error` to a frame. @param channelId of a `subscribe` */
export function errorEnvelope(id: FrameId | undefined, error: ProblemInit, channelId?: string): string {
  const channel = channelId === undefined ? "" : `"channelId":"${channelId}",`;
  return `{"type":"error",${idOf(id)}${channel}"error":${JSON.stringify(problem(error))}}`;
}

const idOf = (id: FrameId | undefined): string => (id === undefined ? "" : `"id":${JSON.stringify(id)},`);
