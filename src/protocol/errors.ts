import { z } from "zod";

/**
 * Every code that an answer can bear, once: REST, sockets, OpenAPI, the SDK and the pages at `/errors/:code` draw from here.
 * `retry`: whether the same request may succeed later without a change.
 */
export const errorCatalog = {
  validation_failed: {
    status: 400,
    title: "The request is not as the contract says",
    retry: false,
    help: "`issues` names each field and what it wants. Unknown fields are refused, so look for a misspelt name too. Nothing was changed.",
  },
  unauthenticated: {
    status: 401,
    title: "No live session",
    retry: false,
    help: "The access token is missing, malformed, expired, or its session was ended. Refresh it with `POST /v1/auth/refresh`; if that is refused too, log in again. After a failed login it means that name and password do not match.",
  },
  forbidden: {
    status: 403,
    title: "You may not do this",
    retry: false,
    help: "You may see the thing but not do this to it: `detail` says what is missing, for example that you join the channel first. On a WebSocket upgrade it also means that the page's `Origin` is not on the server's list.",
  },
  not_found: {
    status: 404,
    title: "Not found",
    retry: false,
    help: "It does not exist, or you may not know that it does: the two answers are the same on purpose.",
  },
  method_not_allowed: {
    status: 405,
    title: "This path has no such method",
    retry: false,
    help: "The `Allow` header lists the methods of this path.",
  },
  request_timeout: {
    status: 408,
    title: "The request arrived too slowly",
    retry: true,
    help: "The server waits 20 s for the next byte of a body, and a minute for the whole of a JSON body. Nothing was changed. Send it again; files over a slow line in parts (`POST /v1/files/uploads`).",
  },
  conflict: {
    status: 409,
    title: "It clashes with the present state",
    retry: false,
    help: "A name is taken, a version is no longer the newest, or the thing's state forbids it. Fetch it again, then decide.",
  },
  nonce_reused: {
    status: 409,
    title: "This nonce was used for another command",
    retry: false,
    help: "You sent this `nonce` before in this channel, with another body. Retry an unanswered send with the same nonce and the same body; give every new message a new nonce.",
  },
  length_required: {
    status: 411,
    title: "The length is missing",
    retry: false,
    help: "Send `Content-Length`: an upload says beforehand how many bytes come. Chunked bodies are not taken.",
  },
  payload_too_large: {
    status: 413,
    title: "Too large",
    retry: false,
    help: "JSON bodies and socket frames are at most 64 KiB: longer text belongs into a file. Of files, `detail` says the limit; larger ones than one request takes are sent in parts (`POST /v1/files/uploads`). A picture has at most 100 megapixels.",
  },
  quota_exceeded: {
    status: 413,
    title: "No space is left for this file",
    retry: false,
    help: "Your files, or those of the workspace, take all the space that there is; `detail` says which. Delete files, or messages that carry them.",
  },
  range_not_satisfiable: {
    status: 416,
    title: "The range lies outside of the file",
    retry: false,
    help: "`Content-Range` tells the size. Ask for one range within it.",
  },
  unsupported_media_type: {
    status: 415,
    title: "This content type is not taken here",
    retry: false,
    help: "A request with a JSON body says `Content-Type: application/json`, and no body has a `Content-Encoding`. Of a file: it is a program, its bytes are certainly no picture, sound or film as you say, or files of this type are not accepted here.",
  },
  upgrade_required: {
    status: 426,
    title: "This is a WebSocket",
    retry: false,
    help: "Connect with a WebSocket client that offers the subprotocol `parley.v1`.",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    retry: true,
    help: "Wait as long as `Retry-After` says (on a socket: `retryAfterMs`), then go on more slowly.",
  },
  internal: {
    status: 500,
    title: "A fault of the server",
    retry: true,
    help: "A defect: report it with the `requestId`. A message sent with a nonce may be sent again with the same nonce; it will not be there twice.",
  },
  unavailable: {
    status: 503,
    title: "Not available for the moment",
    retry: true,
    help: "A part that this request needs does not answer or has too much to do. Nothing acknowledged is lost. Try again after `Retry-After`; `GET /v1/health` tells which part it is.",
  },
} as const satisfies Record<string, { status: number; title: string; retry: boolean; help: string }>;

export type ErrorCode = keyof typeof errorCatalog;
export const errorCodes = Object.keys(errorCatalog) as [ErrorCode, ...ErrorCode[]];

export const Issue = z.object({
  path: z.string().meta({ description: "The field, as `a.b.0`; empty for the whole body." }),
  message: z.string(),
});
export type Issue = z.infer<typeof Issue>;

/** RFC 9457 problem details. */
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

/** The problem as it goes on the wire, its fixed part from the catalogue. */
export function problem({ code, detail, ...rest }: ProblemInit): Problem {
  const { status, title } = errorCatalog[code];
  return { type: `/errors/${code}`, title, status, detail, code, ...rest };
}
