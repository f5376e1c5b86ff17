import { errorCodes } from "./contract/errors.ts";
import type { ErrorCode, Issue, Problem } from "./contract/errors.ts";

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
 * Every failure of a call, a command or a connection: an error of the server, or no answer at all (`unavailable` with status 0).
 *
 * @example
 * try { await client.call(joinChannel, { params: { channelId } }); }
 * catch (error) { if (error instanceof ParleyError && error.code === "conflict") … }
 */
export class ParleyError extends Error {
  override readonly name = "ParleyError";
  readonly code: ErrorCode;
  /** The HTTP status of the code; 0 when no answer came. */
  readonly status: number;
  /** Of `validation_failed`: the fields and what is wrong with each. */
  readonly issues: Issue[];
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** How long to wait before the same request may succeed, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Whether the request may have been carried out all the same: it was sent, and its outcome is unknown. */
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

  /** Whether the same request may succeed later without a change. */
  get retry(): boolean {
    return errorCodes[this.code].retry;
  }
}

/** The same error of a request that may have been carried out, by an attempt before or on another connection. */
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

/** From an `error` frame; `internal` for what is no problem. */
export function errorFromProblem(value: unknown): ParleyError {
  const problem = parseProblem(value);
  if (!problem)
    return new ParleyError({ code: "internal", detail: "The server reported an error without a reason" });
  return new ParleyError({ ...problem, mayHaveHappened: isOutcomeUnknown(problem.code) });
}

/** From an unsuccessful response of the server, or of a proxy in front of it. */
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

/** No answer came: a failure of the network, of name resolution or of the connection, or a timeout. */
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

/** Codes of Node for connections that were not made; browsers do not tell. */
const notConnected = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

function wasNotSent(cause: unknown): boolean {
  const { code } = ((cause as { cause?: unknown } | undefined)?.cause ?? {}) as { code?: unknown };
  return typeof code === "string" && notConnected.has(code);
}

/** A problem (RFC 9457) with a known code; a code of a newer server counts as its status. */
function parseProblem(value: unknown): Problem | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const problem = value as Problem;
  if (typeof problem.code !== "string" || typeof problem.detail !== "string") return undefined;
  const code = Object.hasOwn(errorCodes, problem.code) ? problem.code : codeOfStatus(problem.status);
  return { ...problem, code };
}

/** Codes with which the server does not say how the request ended. */
const isOutcomeUnknown = (code: ErrorCode): boolean => code === "internal" || code === "unavailable";

function codeOfStatus(status: number): ErrorCode {
  const known = (Object.keys(errorCodes) as ErrorCode[]).find((code) => errorCodes[code].status === status);
  return known ?? (status >= 500 ? "unavailable" : "validation_failed");
}

function parseRetryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
