import {
  errorCatalog,
  type ErrorCode,
  type Issue,
  problem,
  type Problem,
  type ProblemInit,
} from "../protocol/index.ts";

/** A refusal with a code of the catalogue. What is not an AppError is a defect, and answers `internal`. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly issues: Issue[] | undefined;
  readonly retryAfterMs: number | undefined;

  constructor({ code, detail, issues, retryAfterMs }: ProblemInit) {
    super(detail);
    this.code = code;
    this.issues = issues;
    this.retryAfterMs = retryAfterMs;
  }

  get status(): number {
    return errorCatalog[this.code].status;
  }

  toProblem(requestId?: string): Problem {
    return problem({
      code: this.code,
      detail: this.message,
      ...(this.issues && { issues: this.issues }),
      ...(this.retryAfterMs !== undefined && { retryAfterMs: this.retryAfterMs }),
      ...(requestId && { requestId }),
    });
  }
}

export function reject(
  code: ErrorCode,
  detail: string,
  more: { issues?: Issue[]; retryAfterMs?: number } = {},
): never {
  throw new AppError({ code, detail, ...more });
}

/** The one answer for what does not exist and for what one may not know of. */
export const notFound = (what: "channel" | "message" | "user" | "session" | "member" | "file"): never =>
  reject("not_found", `No such ${what}`);

export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
