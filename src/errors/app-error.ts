import {
  errorCatalog,
  type ErrorCode,
  type Issue,
  problem,
  type Problem,
  type ProblemInit,
} from "../protocol/index.ts";

/**
 * An error that a client may see: a code of the catalogue in `protocol/errors.ts` with a `detail` for people. Any other error
 * that reaches a client is a defect and becomes `internal`.
 */
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

  /** The HTTP status of the code. */
  get status(): number {
    return errorCatalog[this.code].status;
  }

  /** Returns the error as a problem document (RFC 9457). */
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

/**
 * Throws an `AppError`.
 *
 * @throws `code`, always
 */
export function reject(
  code: ErrorCode,
  detail: string,
  more: { issues?: Issue[]; retryAfterMs?: number } = {},
): never {
  throw new AppError({ code, detail, ...more });
}

/**
 * Throws the same `not_found` for what does not exist and for what the actor may not see, so that a client cannot distinguish them.
 *
 * @throws `not_found`, always
 */
export const notFound = (
  what:
    | "channel"
    | "message"
    | "user"
    | "session"
    | "member"
    | "file"
    | "invite"
    | "scheduled message"
    | "reminder"
    | "token"
    | "bot"
    | "server key"
    | "job"
    | "subscription"
    | "push subscription"
    | "delivery"
    | "emoji"
    | "image"
    | "group"
    | "webhook",
): never => reject("not_found", `No such ${what}`);

/** Makes a `validation_failed` error that lists several fields. */
export const invalidFields = (
  issues: Issue[],
  detail = "Some fields are invalid; `issues` names them",
): AppError => new AppError({ code: "validation_failed", detail, issues });

/**
 * Makes a `validation_failed` error about one field.
 *
 * @param path of the field in the request, joined by dots; empty for the body as a whole
 * @param message what the field must be. It never repeats the value, which may be a secret.
 */
export const invalidField = (path: string, message: string, detail?: string): AppError =>
  invalidFields([{ path, message }], detail);

/** Marks code that the compiler proves unreachable: a case that was added to a union and is not handled is a compile error. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
