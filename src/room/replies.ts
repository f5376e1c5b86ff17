import type { Outcome } from "../core/outcome.ts";
import { type Command, type FrameId, problem } from "../protocol/index.ts";
import type { Committed } from "./commit.ts";

/** The `ack` or `error` to a frame, as text: what was committed was made into JSON already. */
export function replyTo(id: FrameId | undefined, command: Command, outcome: Outcome<Committed>): string {
  const head = id === undefined ? "" : `"id":${JSON.stringify(id)},`;
  if (!outcome.ok) return `{"type":"error",${head}"error":${JSON.stringify(problem(outcome.problem))}}`;
  const { json, deduplicated } = outcome.value;
  const nonce =
    "nonce" in command.data && command.data.nonce !== undefined
      ? [`"nonce":${JSON.stringify(command.data.nonce)}`]
      : [];
  const fields = [json.slice(1, -1), ...nonce, ...(deduplicated ? ['"deduplicated":true'] : [])].filter(
    (field) => field !== "",
  );
  return `{"type":"ack",${head}"data":{${fields.join(",")}}}`;
}
