import { errorCatalog, type ErrorCode, problem, Problem } from "../../protocol/index.ts";
import type { JsonSchema, SchemaSet } from "./json-schemas.ts";

/** Groups error codes by their HTTP status, in ascending order. */
export function byStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const sorted = codes.toSorted(
    (a, b) => errorCatalog[a].status - errorCatalog[b].status || (a < b ? -1 : 1),
  );
  return Map.groupBy(sorted, (code) => errorCatalog[code].status);
}

/** Names the response component of these codes, for example `ConflictOrNonceReused`. Operations with the same codes share a component. */
export const errorResponseName = (codes: readonly ErrorCode[]): string => codes.map(pascal).join("Or");

/** Builds a response component for each set of codes that share a status in some operation. */
export function errorResponses(sets: Map<string, ErrorCode[]>, schemas: SchemaSet): JsonSchema {
  const schema = schemas.output(Problem);
  const entries = [...sets].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, codes]) => [name, errorResponse(codes, schema)]));
}

function errorResponse(codes: ErrorCode[], schema: JsonSchema): JsonSchema {
  const waits = codes.some((code) => code === "rate_limited" || code === "unavailable");
  return {
    description: codes.map((code) => `\`${code}\`: ${errorCatalog[code].help}`).join("\n\n"),
    headers: {
      "X-Request-Id": { $ref: "#/components/headers/RequestId" },
      ...(waits && { "Retry-After": { $ref: "#/components/headers/RetryAfter" } }),
    },
    content: {
      "application/problem+json": {
        schema,
        examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
      },
    },
  };
}

const example = (code: ErrorCode) =>
  problem({
    code,
    detail: errorCatalog[code].title,
    requestId: "req_01KAMF6Z5XJ4Q0V8T9W2B3C4D5",
    ...(code === "validation_failed" && {
      issues: [{ path: "content", message: "Must have 1 to 8000 characters" }],
    }),
    ...(code === "rate_limited" && { retryAfterMs: 1_000 }),
  });

const pascal = (code: string): string =>
  code.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
