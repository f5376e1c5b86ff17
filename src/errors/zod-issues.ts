import type { z } from "zod";
import type { Issue } from "../protocol/index.ts";

/** The most issues that one response lists. */
const maxIssues = 20;

/**
 * Converts zod's issues into the contract's `issues`, at most 20. Values are never repeated: they may be secrets.
 *
 * @param prefix path of the validated value in the request, such as `data`
 */
export function zodIssues(error: z.core.$ZodError, prefix?: string): Issue[] {
  return error.issues.slice(0, maxIssues).map((issue) => ({
    path: [prefix, ...issue.path].filter((part) => part !== undefined).join("."),
    message:
      issue.code === "unrecognized_keys"
        ? `Unknown: ${issue.keys
            .slice(0, 5)
            .map((key) => key.slice(0, 40))
            .join(", ")}`
        : issue.message,
  }));
}
