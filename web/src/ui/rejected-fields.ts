import { ParleyError } from "../../../src/client/index.ts";
import { errorText } from "./toasts.tsx";

/**
 * Returns the text of an error as far as no field of its form shows it.
 *
 * @param shownPaths the paths of the request's fields that the form shows
 * @returns undefined if the fields show all of it
 */
export function textBesideFields(error: unknown, shownPaths: ReadonlySet<string>): string | undefined {
  const issues = error instanceof ParleyError ? error.issues : [];
  if (issues.length === 0) return errorText(error);
  const other = issues.find(({ path }) => !shownPaths.has(path));
  return other && (other.path === "" ? other.message : `${other.path}: ${other.message}`);
}
