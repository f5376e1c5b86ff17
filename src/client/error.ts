import { errorCodes } from "./contract/errors.ts";
import type { ErrorCode, Issue, Problem } from "./contract/errors.ts";

/** The properties of a new `ParleyError`; `status` defaults to that of the code. */
export interface ParleyErrorInit {
  code: ErrorCode;
  detail: string;
  status?: number | undefined;
  issues?: Issue[] | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  mayHaveHappened?: boolean | undefined;
  cause?: unknown;
}

/**
 * Any failure of a call, a command or a connection: an error of the server, or no response at all (`unavailable` with status 0).
 *
 * @example
 * try { await client.call(joinChannel, { params: { channelId } }); }
 * catch (error) { if (error instanceof ParleyError && error.code === "conflict") … }
 */
export class ParleyError extends Error {
  override readonly name = "ParleyError";
  /** The stable error code, on which programs decide. */
  readonly code: ErrorCode;
  /** The HTTP status of the code; 0 without a response. */
  readonly status: number;
  /** The invalid fields of `validation_failed`, with the problem of each. */
  readonly issues: Issue[];
  /** The id of the request in the server's log. */
  readonly requestId: string | undefined;
  /** How long to wait before the same request can succeed, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether the server may have carried out the request nevertheless: it was sent, and its outcome is unknown. */
  readonly mayHaveHappened: boolean;

  constructor(init: ParleyErrorInit) {
    const { code, detail, status, issues, requestId, retryAfterMs, mayHaveHappened = false, cause } = init;
    super(detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.mayHaveHappened = mayHaveHappened;
    this.status = status ?? errorCodes[code].status;
    this.issues = issues ?? [];
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request can succeed later without a change. */
  get retry(): boolean {
    return errorCodes[this.code].retry;
  }
}

/** Copies an error with another `mayHaveHappened`: an earlier attempt, or another connection, may have sent the request. */
export function withOutcome(error: ParleyError, mayHaveHappened: boolean): ParleyError {
  const { code, status, message: detail, issues, requestId, retryAfterMs } = error;
  return new ParleyError({
    code,
    status,
    detail,
    issues,
    requestId,
    retryAfterMs,
    mayHaveHappened,
    cause: error,
  });
}

/** Converts the problem of an `error` frame; a malformed one becomes `internal`. */
export function errorFromProblem(value: unknown): ParleyError {
  const problem = parseProblem(value);
  if (!problem)
    return new ParleyError({ code: "internal", detail: "The server sent an error without details" });
  return new ParleyError({ ...problem, mayHaveHappened: isOutcomeUnknown(problem.code) });
}

/** Converts an unsuccessful response of the server, or of a proxy in front of it. */
export async function errorFromResponse(response: Response): Promise<ParleyError> {
  const retryAfterMs = parseRetryAfterMs(response.headers.get("retry-after"));
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const problem = parseProblem(await response.json().catch(() => undefined));
  const code = problem?.code ?? codeOfStatus(response.status);
  return new ParleyError({
    requestId,
    retryAfterMs,
    status: response.status,
    detail: `The server answered ${response.status} ${response.statusText}`.trim(),
    ...problem,
    code,
    mayHaveHappened: isOutcomeUnknown(code),
  });
}

/** Converts a failure without a response: of the network, of name resolution or of the connection, or a timeout. */
export function errorFromNetwork(cause: unknown): ParleyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ParleyError({
    code: "unavailable",
    status: 0,
    detail: `The server did not answer: ${reason}`,
    mayHaveHappened: !wasNotSent(cause),
    cause,
  });
}

/** Error codes of Node for connections that could not be opened; browsers do not expose the cause. */
const notConnected = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

function wasNotSent(cause: unknown): boolean {
  const { code } = ((cause as { cause?: unknown } | undefined)?.cause ?? {}) as { code?: unknown };
  return typeof code === "string" && notConnected.has(code);
}

/** Parses a problem (RFC 9457); a code that is newer than this client is replaced by a known code with the same status. */
function parseProblem(value: unknown): Problem | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const problem = value as Problem;
  if (typeof problem.code !== "string" || typeof problem.detail !== "string") return undefined;
  const code = Object.hasOwn(errorCodes, problem.code) ? problem.code : codeOfStatus(problem.status);
  return { ...problem, code };
}

/** Whether the code leaves open if the server carried out the request. */
const isOutcomeUnknown = (code: ErrorCode): boolean => code === "internal" || code === "unavailable";

function codeOfStatus(status: number): ErrorCode {
  // A proxy sent it, since errors of the server have a code. The request may have been executed.
  if (status > 500) return "unavailable";
  const known = (Object.keys(errorCodes) as ErrorCode[]).find((code) => errorCodes[code].status === status);
  return known ?? "validation_failed";
}

/** Parses `Retry-After` (RFC 9110, section 10.2.3): seconds or a date. */
function parseRetryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
