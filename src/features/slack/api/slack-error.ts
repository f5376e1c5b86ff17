import type { Problem } from "../../../protocol/index.ts";

/** Fields of an error's response besides `ok` and `error`. */
export interface SlackErrorDetails {
  /** For people; sent in `response_metadata.messages`. */
  messages?: string[];
  /** With `missing_scope`. */
  needed?: string;
  provided?: string;
}

/** An error that a Slack client receives: `{ "ok": false, "error": <code> }`. */
export class SlackError extends Error {
  override readonly name = "SlackError";
  readonly code: string;
  readonly details: SlackErrorDetails;

  constructor(code: string, details: SlackErrorDetails = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

/** A problem with which one of our own endpoints rejected a request that a method made. */
export class EndpointProblem extends Error {
  override readonly name = "EndpointProblem";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}

/** Throws a `SlackError`. @throws always */
export function slackReject(code: string, ...messages: string[]): never {
  throw new SlackError(code, messages.length > 0 ? { messages } : {});
}

/** What a `not_found` is about, by its detail, and the error of Slack's API. */
const notFoundCodes: Readonly<Record<string, string>> = {
  "No such channel": "channel_not_found",
  "No such message": "message_not_found",
  "No such user": "user_not_found",
  "No such member": "not_in_channel",
  "No such file": "file_not_found",
  "No such bot": "bot_not_found",
};

/** Beginnings of details of `forbidden` and `conflict` that Slack's API has a code for. */
const detailCodes: readonly [start: string, code: string][] = [
  ["This channel is archived", "is_archived"],
  ["Join the channel first", "not_in_channel"],
  ["This message was deleted", "message_not_found"],
  ["The name is not available", "name_taken"],
  ["This token is restricted", "not_allowed_token_type"],
  ["No token may do this", "not_allowed_token_type"],
  ["The account is suspended", "user_disabled"],
  ["A direct or group message cannot be left", "method_not_supported_for_channel_type"],
  ["A message can be edited", "edit_window_closed"],
  ["A message can have at most", "too_many_reactions"],
  ["A channel can have at most", "too_many_pins"],
  ["Only the author", "cant_update_message"],
];

/** Returns the code of Slack's API for a problem. `rate_limited`, `unavailable` and `internal` have a status as well: `routes.ts`. */
export function slackCodeOf({ code, detail, issues = [] }: Problem): string {
  switch (code) {
    case "unauthenticated":
      return "invalid_auth";
    case "second_factor_required":
      return "two_factor_setup_required";
    case "not_found":
      return notFoundCodes[detail] ?? "not_found";
    case "rate_limited":
      return "ratelimited";
    case "payload_too_large":
      return "msg_too_long";
    case "quota_exceeded":
      return "storage_limit_reached";
    case "unavailable":
      return "service_unavailable";
    case "internal":
      return "internal_error";
    case "validation_failed":
      return codeOfIssue(issues[0]?.path ?? "", issues[0]?.message ?? "");
    case "forbidden":
    case "conflict":
      return (
        detailCodes.find(([start]) => detail.startsWith(start))?.[1] ??
        (code === "forbidden" ? "restricted_action" : "invalid_arguments")
      );
    default:
      return "invalid_arguments";
  }
}

function codeOfIssue(path: string, message: string): string {
  if (path === "content") return message.includes("surrogates") ? "invalid_arguments" : "msg_too_long";
  if (path === "name") return "invalid_name";
  if (path === "emoji") return "invalid_name";
  return "invalid_arguments";
}
