// Generated from src/protocol/errors.ts by `npm run docs`. Do not edit.

/** Problem details (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code:
    | "validation_failed"
    | "unauthenticated"
    | "forbidden"
    | "second_factor_required"
    | "not_found"
    | "method_not_allowed"
    | "request_timeout"
    | "conflict"
    | "nonce_reused"
    | "length_required"
    | "payload_too_large"
    | "quota_exceeded"
    | "range_not_satisfiable"
    | "unsupported_media_type"
    | "upgrade_required"
    | "rate_limited"
    | "internal"
    | "bot_unavailable"
    | "unavailable";
  requestId?: string;
  issues?: Issue[];
  retryAfterMs?: number;
}

export interface Issue {
  /** The path of the field, such as `a.b.0`; empty for the whole body. */
  path: string;
  message: string;
}

/** Error codes: their HTTP status, and whether the same request can succeed later without a change. */
export const errorCodes = {
  /**
   * The request is invalid. `issues` lists each invalid field and the rule that it violates. Unknown fields are
   * rejected, so check the spelling of field names too. Nothing was changed. Correct the request before you send
   * it again.
   */
  validation_failed: { status: 400, retry: false },
  /**
   * Authentication is required. The access token is missing, malformed or expired, or its session has ended.
   * Refresh it with `POST /v1/auth/refresh`; if that fails with `unauthenticated` too, log in again. After a login
   * attempt: the login name and the password do not match.
   */
  unauthenticated: { status: 401, retry: false },
  /**
   * Permission denied. You can see the resource but may not perform this action; `detail` states what is missing,
   * for example membership of the channel. On a WebSocket upgrade it also means that the page's `Origin` is not in
   * the server's list of allowed origins.
   */
  forbidden: { status: 403, retry: false },
  /**
   * A second factor is required. The workspace requires a second factor, and this session has not passed one.
   * Enable one (`POST /v1/users/me/totp` or `POST /v1/users/me/passkeys/options`), or pass yours (`POST
   * /v1/auth/mfa/challenge`). Until then, only the own profile, the second factors and logout are available.
   */
  second_factor_required: { status: 403, retry: false },
  /**
   * Resource not found. The resource does not exist, or you are not allowed to see it. Both cases get the same
   * response on purpose, so that ids cannot be probed.
   */
  not_found: { status: 404, retry: false },
  /** The path does not support this method. The `Allow` header lists the methods that the path supports. */
  method_not_allowed: { status: 405, retry: false },
  /**
   * The request body arrived too slowly. The server waits at most 20 s for the next byte of a body and at most 60
   * s for a complete JSON body. Nothing was changed. Send the request again; over a slow connection, upload files
   * in parts (`POST /v1/files/uploads`).
   */
  request_timeout: { status: 408, retry: true },
  /**
   * The request conflicts with the current state. For example, the name is already taken, the version is not the
   * latest one, or the state of the resource does not allow the action. Fetch the resource again before you decide
   * what to send.
   */
  conflict: { status: 409, retry: false },
  /**
   * The nonce was already used for a different command. You already sent this `nonce` in this channel with a
   * different body. To retry a command that got no reply, send the same nonce with the same body; use a new nonce
   * for every new message.
   */
  nonce_reused: { status: 409, retry: false },
  /**
   * The Content-Length header is missing. Send `Content-Length` with an upload: the server must know the size in
   * advance. Chunked bodies are not accepted.
   */
  length_required: { status: 411, retry: false },
  /**
   * The payload is too large. JSON bodies and socket frames are limited to 64 KiB: send longer text as a file. For
   * files, `detail` states the limit; a file that exceeds the limit of one request can be uploaded in parts (`POST
   * /v1/files/uploads`). An image may have at most 100 megapixels.
   */
  payload_too_large: { status: 413, retry: false },
  /**
   * The storage quota is exhausted. The file does not fit into your storage quota or into the quota of the
   * workspace; `detail` states which one. Delete files, or messages that have files attached.
   */
  quota_exceeded: { status: 413, retry: false },
  /**
   * The requested range is outside the file. `Content-Range` states the size of the file. Request a single range
   * within it.
   */
  range_not_satisfiable: { status: 416, retry: false },
  /**
   * The media type is not supported. A request with a JSON body must have `Content-Type: application/json`, and no
   * body may have a `Content-Encoding`. A file is rejected if it is a program, if its bytes contradict the
   * declared image, audio or video type, or if the server does not accept files of its type.
   */
  unsupported_media_type: { status: 415, retry: false },
  /** A WebSocket connection is required. Connect with a WebSocket client that offers the subprotocol `parley.v1`. */
  upgrade_required: { status: 426, retry: false },
  /**
   * Too many requests. Wait for the time given in `Retry-After` (on a socket: `retryAfterMs`), then continue at a
   * lower rate.
   */
  rate_limited: { status: 429, retry: true },
  /**
   * Internal server error. This is a defect: report it with the `requestId`. A message that was sent with a nonce
   * can be sent again with the same nonce; it is created only once.
   */
  internal: { status: 500, retry: true },
  /**
   * The bot did not answer. The command belongs to a bot that is not connected, did not acknowledge the command
   * within 3 s, or answered with something that is not an answer; `detail` states which. The bot may have executed
   * the command nevertheless, so check before you run it again. If it stays so, report it to the operator of the
   * bot.
   */
  bot_unavailable: { status: 502, retry: false },
  /**
   * Temporarily unavailable. A part of the server that this request needs does not respond or is overloaded.
   * Nothing that was acknowledged is lost. Retry after the time given in `Retry-After`; `GET /v1/health` shows
   * which part is affected.
   */
  unavailable: { status: 503, retry: true },
} as const;

export type ErrorCode = keyof typeof errorCodes;
