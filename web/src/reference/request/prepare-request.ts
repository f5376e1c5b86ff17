import { parametersOf, type OperationEntry } from "../contract/entries.ts";
import { isJsonType, type OperationInput, parameterKey } from "./operation-input.ts";

/** A request without its credential. */
export interface PreparedRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: readonly (readonly [name: string, value: string])[];
  /** Null without a body. */
  contentType: string | null;
  /** The text of a JSON body; null for other types, whose body is a file. */
  json: string | null;
}

/** The key of a problem of the body. */
export const bodyKey = "body";

/**
 * Builds the request of an operation.
 *
 * @returns the request, and what is wrong with the input, by the key of the parameter or `bodyKey`. With problems the request is what the
 *   input says nevertheless, for display.
 */
export function prepareRequest(
  { method, path, operation }: Pick<OperationEntry, "method" | "path" | "operation">,
  { values, contentType, body }: OperationInput,
): { request: PreparedRequest; problems: ReadonlyMap<string, string> } {
  const problems = new Map<string, string>();
  const query = new URLSearchParams();
  const headers: [string, string][] = [];
  let filled = path;
  for (const parameter of parametersOf(operation)) {
    const { name, in: place, required } = parameter;
    const key = parameterKey(parameter);
    const value = values.get(key) ?? "";
    if (place === "path") {
      const problem = pathProblem(value);
      if (problem) problems.set(key, problem);
      if (value) filled = filled.replace(`{${name}}`, () => encodeURIComponent(value.toWellFormed()));
    } else if (value === "") {
      if (required) problems.set(key, "Enter a value.");
    } else if (place === "query") query.set(name, value);
    else if (place === "header") {
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
        problems.set(key, "Headers can contain only Latin-1 characters.");
      headers.push([name, value]);
    }
  }
  const isJson = isJsonType(contentType);
  if (isJson) {
    const problem = jsonProblem(body, operation.requestBody?.required === true);
    if (problem) problems.set(bodyKey, problem);
  }
  const hasBody = contentType !== null && (!isJson || body.trim() !== "");
  const suffix = query.size > 0 ? `?${query}` : "";
  const request = {
    method,
    path: `${filled}${suffix}`,
    headers,
    contentType: hasBody ? contentType : null,
    json: hasBody && isJson ? body : null,
  };
  return { request, problems };
}

function pathProblem(value: string): string | undefined {
  if (value === "") return "Enter a value.";
  // URL parsers remove these segments, which would change the path.
  return value === "." || value === ".." ? "A path cannot contain this value." : undefined;
}

/** Returns what is wrong with a text that is to be JSON; undefined for valid JSON. */
export function jsonProblem(text: string, isRequired = true): string | undefined {
  if (text.trim() === "") return isRequired ? "Enter a JSON value." : undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `This is not valid JSON. ${error instanceof Error ? error.message : ""}`.trim();
  }
}
