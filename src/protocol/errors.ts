import { z } from "zod";

/**
 * All error codes. REST, sockets, OpenAPI, the client and the pages at `/errors/:code` are made from this table.
 * `title`: what happened. `help`: what the caller can do. `retry`: whether the same request may succeed later without a change.
 */
export const errorCatalog = {
  validation_failed: {
    status: 400,
    title: "The request is invalid",
    retry: false,
    help: "`issues` lists each invalid field and the rule that it violates. Unknown fields are rejected, so check the spelling of field names too. Nothing was changed. Correct the request before you send it again.",
  },
  unauthenticated: {
    status: 401,
    title: "Authentication is required",
    retry: false,
    help: "The access token is missing, malformed or expired, or its session has ended. Refresh it with `POST /v1/auth/refresh`; if that fails with `unauthenticated` too, log in again. After a login attempt: the login name and the password do not match.",
  },
  forbidden: {
    status: 403,
    title: "Permission denied",
    retry: false,
    help: "You can see the resource but may not perform this action; `detail` states what is missing, for example membership of the channel. On a WebSocket upgrade it also means that the page's `Origin` is not in the server's list of allowed origins.",
  },
  second_factor_required: {
    status: 403,
    title: "A second factor is required",
    retry: false,
    help: "The workspace requires a second factor, and this session has not passed one. Enable one (`POST /v1/users/me/totp` or `POST /v1/users/me/passkeys/options`), or pass yours (`POST /v1/auth/mfa/challenge`). Until then, only the own profile, the second factors and logout are available.",
  },
  not_found: {
    status: 404,
    title: "Resource not found",
    retry: false,
    help: "The resource does not exist, or you are not allowed to see it. Both cases get the same response on purpose, so that ids cannot be probed.",
  },
  method_not_allowed: {
    status: 405,
    title: "The path does not support this method",
    retry: false,
    help: "The `Allow` header lists the methods that the path supports.",
  },
  request_timeout: {
    status: 408,
    title: "The request body arrived too slowly",
    retry: true,
    help: "The server waits at most 20 s for the next byte of a body and at most 60 s for a complete JSON body. Nothing was changed. Send the request again; over a slow connection, upload files in parts (`POST /v1/files/uploads`).",
  },
  conflict: {
    status: 409,
    title: "The request conflicts with the current state",
    retry: false,
    help: "For example, the name is already taken, the version is not the latest one, or the state of the resource does not allow the action. Fetch the resource again before you decide what to send.",
  },
  nonce_reused: {
    status: 409,
    title: "The nonce was already used for a different command",
    retry: false,
    help: "You already sent this `nonce` in this channel with a different body. To retry a command that got no reply, send the same nonce with the same body; use a new nonce for every new message.",
  },
  length_required: {
    status: 411,
    title: "The Content-Length header is missing",
    retry: false,
    help: "Send `Content-Length` with an upload: the server must know the size in advance. Chunked bodies are not accepted.",
  },
  payload_too_large: {
    status: 413,
    title: "The payload is too large",
    retry: false,
    help: "JSON bodies and socket frames are limited to 64 KiB: send longer text as a file. For files, `detail` states the limit; a file that exceeds the limit of one request can be uploaded in parts (`POST /v1/files/uploads`). An image may have at most 100 megapixels.",
  },
  quota_exceeded: {
    status: 413,
    title: "The storage quota is exhausted",
    retry: false,
    help: "The file does not fit into your storage quota or into the quota of the workspace; `detail` states which one. Delete files, or messages that have files attached.",
  },
  range_not_satisfiable: {
    status: 416,
    title: "The requested range is outside the file",
    retry: false,
    help: "`Content-Range` states the size of the file. Request a single range within it.",
  },
  unsupported_media_type: {
    status: 415,
    title: "The media type is not supported",
    retry: false,
    help: "A request with a JSON body must have `Content-Type: application/json`, and no body may have a `Content-Encoding`. A file is rejected if it is a program, if its bytes contradict the declared image, audio or video type, or if the server does not accept files of its type.",
  },
  upgrade_required: {
    status: 426,
    title: "A WebSocket connection is required",
    retry: false,
    help: "Connect with a WebSocket client that offers the subprotocol `parley.v1`.",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    retry: true,
    help: "Wait for the time given in `Retry-After` (on a socket: `retryAfterMs`), then continue at a lower rate.",
  },
  internal: {
    status: 500,
    title: "Internal server error",
    retry: true,
    help: "This is a defect: report it with the `requestId`. A message that was sent with a nonce can be sent again with the same nonce; it is created only once.",
  },
  bot_unavailable: {
    status: 502,
    title: "The bot did not answer",
    retry: false,
    help: "The command belongs to a bot that is not connected, did not acknowledge the command within 3 s, or answered with something that is not an answer; `detail` states which. The bot may have executed the command nevertheless, so check before you run it again. If it stays so, report it to the operator of the bot.",
  },
  unavailable: {
    status: 503,
    title: "Temporarily unavailable",
    retry: true,
    help: "A part of the server that this request needs does not respond or is overloaded. Nothing that was acknowledged is lost. Retry after the time given in `Retry-After`; `GET /v1/health` shows which part is affected.",
  },
} as const satisfies Record<string, { status: number; title: string; retry: boolean; help: string }>;

export type ErrorCode = keyof typeof errorCatalog;
export const errorCodes = Object.keys(errorCatalog) as [ErrorCode, ...ErrorCode[]];

export const Issue = z.object({
  path: z.string().meta({ description: "The path of the field, such as `a.b.0`; empty for the whole body." }),
  message: z.string(),
});
export type Issue = z.infer<typeof Issue>;

/** Problem details (RFC 9457). */
export const Problem = z
  .object({
    type: z.string().meta({ examples: ["/errors/not_found"] }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(errorCodes),
    requestId: z.string().optional(),
    issues: z.array(Issue).optional(),
    retryAfterMs: z.int().optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

export interface ProblemInit {
  code: ErrorCode;
  detail: string;
  issues?: Issue[] | undefined;
  retryAfterMs?: number | undefined;
  requestId?: string | undefined;
}

/** Builds the problem that is sent to the client: `type`, `title` and `status` come from the catalogue. */
export function problem({ code, detail, ...rest }: ProblemInit): Problem {
  const { status, title } = errorCatalog[code];
  return { type: `/errors/${code}`, title, status, detail, code, ...rest };
}
