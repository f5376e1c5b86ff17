import type { Issue } from "../../../../src/client/index.ts";

/** The problems of a rejected request, arranged for its form. */
export interface FieldErrors {
  /** The first problem of each field of the form. */
  byField: ReadonlyMap<string, string>;
  /** The problems of what the form does not show. */
  others: readonly Issue[];
}

/**
 * Assigns the issues of a rejected request to the fields of a form. An issue belongs to the field whose name its path begins with: `channelIds.0` to
 * `channelIds`.
 */
export function fieldErrorsOf(issues: readonly Issue[], fields: readonly string[]): FieldErrors {
  const byField = new Map<string, string>();
  const others: Issue[] = [];
  for (const issue of issues) {
    const field = fields.find((name) => issue.path === name || issue.path.startsWith(`${name}.`));
    if (field === undefined) others.push(issue);
    else if (!byField.has(field)) byField.set(field, issue.message);
  }
  return { byField, others };
}
