import { readBodyText, requireUnencodedBody } from "../../../http/validate.ts";
import { isObject } from "../text/index.ts";
import { slackReject } from "./slack-error.ts";

/** A form takes up to three bytes for one byte of text, so that this is more than for our own endpoints. */
const maxBodyBytes = 256 * 1024;

/** Arguments of one request. */
const maxArguments = 100;

/** The arguments of a call: of the query, and of a form or JSON body, which take precedence. */
export type Arguments = Record<string, unknown>;

/**
 * Reads the arguments of a call.
 *
 * @throws SlackError for a body that is not a form or JSON; AppError for one that is too large or too slow
 */
export async function readArguments(request: Request, idleTimeoutMs: number): Promise<Arguments> {
  const { searchParams } = new URL(request.url);
  const given: Arguments = { ...fromForm(searchParams) };
  if (request.method === "GET" || request.method === "HEAD" || !request.body) return given;
  requireUnencodedBody(request);
  const text = await readBodyText(request, maxBodyBytes, idleTimeoutMs);
  return text.trim() === ""
    ? given
    : { ...given, ...parseBody(text, request.headers.get("Content-Type") ?? "") };
}

function parseBody(text: string, contentType: string): Arguments {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "application/x-www-form-urlencoded") return fromForm(new URLSearchParams(text));
  if (type !== "application/json")
    return slackReject(type === "" ? "missing_post_type" : "invalid_post_type");
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    return slackReject("invalid_json");
  }
  return slackReject("json_not_object");
}

function fromForm(form: URLSearchParams): Arguments {
  if (form.size > maxArguments) slackReject("invalid_arguments", `At most ${maxArguments} arguments`);
  return Object.fromEntries(form);
}

/** Prefixes that some SDKs require of a token. They are not part of ours. */
const slackPrefix = /^(?:xox[abepr]|xapp)-/;

/** Returns the token of a call, from the header or the argument `token`, without a prefix of Slack's; undefined if there is none. */
export function tokenOf(request: Request, given: Arguments): string | undefined {
  const header = /^Bearer +(\S+)$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
  const token = header ?? given["token"];
  if (typeof token !== "string" || token === "" || token.length > maxTokenLength) return undefined;
  return token.replace(slackPrefix, "");
}

/** In characters: as for `Authorization` on our own endpoints. */
const maxTokenLength = 4_096;
