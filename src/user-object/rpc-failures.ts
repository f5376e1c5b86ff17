import { AppError } from "../errors/app-error.ts";
import { failure } from "../rpc/rpc-result.ts";

/** What a hub can't do, as its callers are told. */
export const noSession = () => failure(new AppError({ code: "unauthenticated", detail: "No live session" }));
export const noSuch = (what: "session" | "user") =>
  failure(new AppError({ code: "not_found", detail: `No such ${what}` }));
export const suspended = () =>
  failure(new AppError({ code: "conflict", detail: "The account of this person is suspended" }));
export const noDatabase = () =>
  failure(
    new AppError({
      code: "unavailable",
      detail: "The database does not answer; try again",
      retryAfterMs: 2_000,
    }),
  );
