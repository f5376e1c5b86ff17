import { type Command, type FrameId, problem, type ProblemInit } from "../protocol/index.ts";
import type { RpcResult } from "../rpc/rpc-result.ts";

/** What a command came to, as its sender is told. */
interface Carried {
  /** The data of its event, or how things are, as JSON. */
  json: string;
  deduplicated: boolean;
}

/** The `ack` or `error` to a command's frame, as text: what was committed may be JSON already. */
export function ackEnvelope(id: FrameId | undefined, command: Command, outcome: RpcResult<Carried>): string {
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

/** The `error` to any frame, as text. `channelId`: where it was a `subscribe`. */
export function errorEnvelope(id: FrameId | undefined, refusal: ProblemInit, channelId?: string): string {
  const about = channelId === undefined ? "" : `"channelId":"${channelId}",`;
  return `{"type":"error",${idOf(id)}${about}"error":${JSON.stringify(problem(refusal))}}`;
}

const idOf = (id: FrameId | undefined): string => (id === undefined ? "" : `"id":${JSON.stringify(id)},`);
