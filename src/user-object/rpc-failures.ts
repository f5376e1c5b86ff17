import { AppError } from "../errors/app-error.ts";
import { failure } from "../rpc/rpc-result.ts";

const noSessionError = () =>
  new AppError({ code: "unauthenticated", detail: "No live session; log in again" });

/** The failures that several calls of a hub return. */
export const noSession = () => failure(noSessionError());
/** Throws what `noSession` returns. @throws `unauthenticated` */
export const rejectNoSession = (): never => {
  throw noSessionError();
};
export const secondFactorRequired = () =>
  failure(
    new AppError({
      code: "second_factor_required",
      detail: "The workspace requires a second factor; enable one, or pass yours",
    }),
  );
export const noSuch = (what: "session" | "user" | "token" | "passkey") =>
  failure(new AppError({ code: "not_found", detail: `No such ${what}` }));
export const suspended = () =>
  failure(new AppError({ code: "conflict", detail: "The account of this user is suspended" }));
export const noDatabase = () =>
  failure(
    new AppError({
      code: "unavailable",
      detail: "The database does not respond; try again",
      retryAfterMs: 2_000,
    }),
  );
