import { ParleyError } from "../../src/client/index.ts";
import { CommandError } from "./command.ts";

/** Throws an error of the server as a CommandError, with its fields and where to read more; throws any other error unchanged. */
export function throwAsCommandError(error: unknown): never {
  if (!(error instanceof ParleyError)) throw error;
  const next = error.issues.map(({ path, message }) => `${path}: ${message}`);
  if (error.requestId) next.push(`Details are in the server's log, request id ${error.requestId}.`);
  next.push(`docs/errors.md explains ${error.code}.`);
  throw new CommandError(`${error.message} (${error.code})`, next.join("\n"));
}
