import { shellWord } from "../text/shell-word.ts";
import type { PreparedRequest } from "./prepare-request.ts";
import { type Credential, credentialVariable } from "./required-credential.ts";

/** The file that examples upload. */
const exampleFile = "plan.pdf";

/**
 * Writes a request as a command for curl in a POSIX shell. The credential is read from a variable of the environment, so that it is not in
 * the history of the shell.
 *
 * @param origin - scheme, host and port of the server
 */
export function curlCommand(origin: string, request: PreparedRequest, credential: Credential): string {
  const { method, path, headers, contentType, json } = request;
  const hasBody = contentType !== null;
  const isDefaultMethod = hasBody ? method === "POST" : method === "GET";
  const options = [
    ...(credential === "none" ? [] : [`-H "Authorization: Bearer $${credentialVariable[credential]}"`]),
    ...headers.map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
    ...bodyOptions(contentType, json),
  ];
  const methodOption = isDefaultMethod ? "" : `-X ${method} `;
  return [`curl ${methodOption}${shellWord(`${origin}${path}`)}`, ...options].join(" \\\n  ");
}

function bodyOptions(contentType: string | null, json: string | null): string[] {
  if (contentType === null) return [];
  // curl writes the type of a form itself, with the boundary.
  if (contentType === "multipart/form-data") return [`-F ${shellWord(`file=@${exampleFile}`)}`];
  const header = `-H ${shellWord(`Content-Type: ${contentType}`)}`;
  // Unlike `--data`, `--data-raw` does not read a file when the text begins with `@`.
  const data =
    json === null ? `--data-binary ${shellWord(`@${exampleFile}`)}` : `--data-raw ${shellWord(json)}`;
  return [header, data];
}
