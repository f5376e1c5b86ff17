import { ParleyError } from "../../../src/client/index.ts";

/**
 * Whether the server rejected a change because the session did not begin recently, or has not passed the user's second factor. An error about a
 * field names it in `issues`.
 */
export const needsRecentLogin = (error: unknown): boolean =>
  error instanceof ParleyError &&
  (error.code === "second_factor_required" || (error.code === "forbidden" && error.issues.length === 0));
