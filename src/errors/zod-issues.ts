import type { z } from "zod";
import type { Issue } from "../protocol/index.ts";

/** Zod's findings as the contract's `issues`, below `at` where that is given. Values are never repeated: they may be secrets. */
export function zodIssues(error: z.core.$ZodError, at?: string): Issue[] {
  return error.issues.slice(0, 20).map((issue) => ({
    path: [at, ...issue.path].filter((part) => part !== undefined).join("."),
    message:
      issue.code === "unrecognized_keys"
        ? `Unknown: ${issue.keys
            .slice(0, 5)
            .map((key) => key.slice(0, 40))
            .join(", ")}`
        : issue.message,
  }));
}
