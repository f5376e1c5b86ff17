import { isObject, type JsonObject } from "../slack/index.ts";
import { rejectHook } from "./slack-answer.ts";

/**
 * Parses the body of a request to a webhook: JSON, whatever its `Content-Type`, or a form with JSON in the field `payload`.
 *
 * @throws WebhookError `invalid_payload`
 */
export function parsePayload(text: string): JsonObject {
  const json = text.trimStart().startsWith("{") ? text : (new URLSearchParams(text).get("payload") ?? "");
  try {
    const parsed: unknown = JSON.parse(json);
    if (isObject(parsed)) return parsed;
  } catch {
    // Not JSON: rejected below.
  }
  return rejectHook("invalid_payload");
}

/** Whether a payload is in our own format: Slack's has no field `content`. */
export const isOwnFormat = (payload: JsonObject): boolean => "content" in payload;
