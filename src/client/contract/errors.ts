// Generated from src/protocol/errors.ts by `npm run docs`. Do not edit.

/** RFC 9457 problem details. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code:
    | "validation_failed"
    | "unauthenticated"
    | "forbidden"
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
    | "unavailable";
  requestId?: string;
  issues?: Issue[];
  retryAfterMs?: number;
}

export interface Issue {
  /** The field, as `a.b.0`; empty for the whole body. */
  path: string;
  message: string;
}

/** Error codes: their HTTP status, and whether the same request may succeed later without a change. */
export const errorCodes = {
  /**
   * The request is not as the contract says. `issues` names each field and what it wants. Unknown fields are
   * refused, so look for a misspelt name too. Nothing was changed.
   */
  validation_failed: { status: 400, retry: false },
  /**
   * No live session. The access token is missing, malformed, expired, or its session was ended. Refresh it with
   * `POST /v1/auth/refresh`; if that is refused too, log in again. After a failed login it means that name and
   * password do not match.
   */
  unauthenticated: { status: 401, retry: false },
  /**
   * You may not do this. You may see the thing but not do this to it: `detail` says what is missing, for example
   * that you join the channel first. On a WebSocket upgrade it also means that the page's `Origin` is not on the
   * server's list.
   */
  forbidden: { status: 403, retry: false },
  /** Not found. It does not exist, or you may not know that it does: the two answers are the same on purpose. */
  not_found: { status: 404, retry: false },
  /** This path has no such method. The `Allow` header lists the methods of this path. */
  method_not_allowed: { status: 405, retry: false },
  /**
   * The request arrived too slowly. The server waits 20 s for the next byte of a body, and a minute for the whole
   * of a JSON body. Nothing was changed. Send it again; files over a slow line in parts (`POST
   * /v1/files/uploads`).
   */
  request_timeout: { status: 408, retry: true },
  /**
   * It clashes with the present state. A name is taken, a version is no longer the newest, or the thing's state
   * forbids it. Fetch it again, then decide.
   */
  conflict: { status: 409, retry: false },
  /**
   * This nonce was used for another command. You sent this `nonce` before in this channel, with another body.
   * Retry an unanswered send with the same nonce and the same body; give every new message a new nonce.
   */
  nonce_reused: { status: 409, retry: false },
  /**
   * The length is missing. Send `Content-Length`: an upload says beforehand how many bytes come. Chunked bodies
   * are not taken.
   */
  length_required: { status: 411, retry: false },
  /**
   * Too large. JSON bodies and socket frames are at most 64 KiB: longer text belongs into a file. Of files,
   * `detail` says the limit; larger ones than one request takes are sent in parts (`POST /v1/files/uploads`). A
   * picture has at most 100 megapixels.
   */
  payload_too_large: { status: 413, retry: false },
  /**
   * No space is left for this file. Your files, or those of the workspace, take all the space that there is;
   * `detail` says which. Delete files, or messages that carry them.
   */
  quota_exceeded: { status: 413, retry: false },
  /** The range lies outside of the file. `Content-Range` tells the size. Ask for one range within it. */
  range_not_satisfiable: { status: 416, retry: false },
  /**
   * This content type is not taken here. A request with a JSON body says `Content-Type: application/json`, and no
   * body has a `Content-Encoding`. Of a file: it is a program, its bytes are certainly no picture, sound or film
   * as you say, or files of this type are not accepted here.
   */
  unsupported_media_type: { status: 415, retry: false },
  /** This is a WebSocket. Connect with a WebSocket client that offers the subprotocol `parley.v1`. */
  upgrade_required: { status: 426, retry: false },
  /** Too many requests. Wait as long as `Retry-After` says (on a socket: `retryAfterMs`), then go on more slowly. */
  rate_limited: { status: 429, retry: true },
  /**
   * A fault of the server. A defect: report it with the `requestId`. A message sent with a nonce may be sent again
   * with the same nonce; it will not be there twice.
   */
  internal: { status: 500, retry: true },
  /**
   * Not available for the moment. A part that this request needs does not answer or has too much to do. Nothing
   * acknowledged is lost. Try again after `Retry-After`; `GET /v1/health` tells which part it is.
   */
  unavailable: { status: 503, retry: true },
} as const;

export type ErrorCode = keyof typeof errorCodes;
