import { ParleyError } from "../../src/client/index.ts";
import { CommandError } from "./command.ts";

/** Turns a server's refusal into one for the person at the keyboard; anything else passes as it is. */
export function throwAsCommandError(error: unknown): never {
  if (!(error instanceof ParleyError)) throw error;
  const next = error.issues.map(({ path, message }) => `${path}: ${message}`);
  if (error.requestId) next.push(`The server's log says more under ${error.requestId}.`);
  next.push(`docs/errors.md tells what ${error.code} means.`);
  throw new CommandError(`${error.message} (${error.code})`, next.join("\n"));
}
