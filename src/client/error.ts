import { errorCatalog, Problem } from "../protocol/errors.ts";
import type { ErrorCode, Issue } from "../protocol/errors.ts";

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
 * Whatever goes wrong between you and the server, in one shape: a refusal by REST or by socket, or no answer at all
 * (`unavailable` with status 0).
 *
 * @example
 * try { await client.call(joinChannel, { params: { channelId } }); }
 * catch (error) { if (error instanceof ParleyError && error.code === "conflict") … }
 */
export class ParleyError extends Error {
  override readonly name = "ParleyError";
  readonly code: ErrorCode;
  /** The HTTP status that the code stands for; 0 when no answer came. */
  readonly status: number;
  /** Of `validation_failed`: each field and what it wants. */
  readonly issues: Issue[];
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** How long to wait before the same request may succeed. */
  readonly retryAfterMs: number | undefined;
  /** Whether it may be done all the same: it was sent, and nothing says that it was not. False: it is not there. */
  readonly mayHaveHappened: boolean;

  constructor(init: ParleyErrorInit) {
    const { code, detail, status, issues, requestId, retryAfterMs, mayHaveHappened = false, cause } = init;
    super(detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.mayHaveHappened = mayHaveHappened;
    this.status = status ?? errorCatalog[code].status;
    this.issues = issues ?? [];
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed later without a change. */
  get retry(): boolean {
    return errorCatalog[this.code].retry;
  }
}

/** From an `error` frame or a problem body; what is no problem becomes `internal`. */
export function errorFromProblem(value: unknown): ParleyError {
  const parsed = Problem.safeParse(value);
  if (!parsed.success)
    return new ParleyError({ code: "internal", detail: "The server refused without a reason" });
  return new ParleyError({ ...parsed.data, mayHaveHappened: isUnsure(parsed.data.code) });
}

/** From an answer that is no success, whether the server wrote it or something in front of it. */
export async function errorFromResponse(response: Response): Promise<ParleyError> {
  const retryAfter = waitOf(response.headers.get("retry-after"));
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = Problem.safeParse(body);
  const code = parsed.success ? parsed.data.code : codeOfStatus(response.status);
  const mayHaveHappened = isUnsure(code);
  if (parsed.success)
    return new ParleyError({ requestId, retryAfterMs: retryAfter, ...parsed.data, mayHaveHappened });
  return new ParleyError({
    code,
    mayHaveHappened,
    status: response.status,
    detail: `The server answered ${response.status} ${response.statusText}`.trim(),
    requestId,
    retryAfterMs: retryAfter,
  });
}

/** No answer came: the network, the name, the port, or a time-out. */
export function errorFromSilence(cause: unknown): ParleyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ParleyError({
    code: "unavailable",
    status: 0,
    detail: `The server did not answer: ${reason}`,
    mayHaveHappened: true,
    cause,
  });
}

/** What the server says when it does not know itself how something ended. */
const isUnsure = (code: ErrorCode): boolean => code === "internal" || code === "unavailable";

function codeOfStatus(status: number): ErrorCode {
  const known = (Object.keys(errorCatalog) as ErrorCode[]).find(
    (code) => errorCatalog[code].status === status,
  );
  if (known) return known;
  return status >= 500 ? "unavailable" : "validation_failed";
}

function waitOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
