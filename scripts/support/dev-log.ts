import { stripVTControlCharacters } from "node:util";

/** Wrangler's own line for a request. The Worker logs one too, with the request's id and without its query. */
const wranglerRequest = /^\[wrangler:info\] [A-Z]+ \S+ \d{3} /;

/**
 * Turns a line of `wrangler dev` into what a developer reads: a structured log line of the Worker becomes one short line, what
 * wrangler prints about the same request is left out, everything else stays.
 *
 * @returns the line to print, without its line end, or undefined for none
 */
export function readableLine(line: string): string | undefined {
  const plain = stripVTControlCharacters(line);
  if (wranglerRequest.test(plain)) return undefined;
  const record = recordIn(plain);
  if (!record) return line;
  const { at, level, message, ...fields } = record;
  const time = new Date(String(at)).toTimeString().slice(0, 8);
  if (message === "http.request") {
    const { method, route, status, durationMs, requestId } = fields;
    return `${time} ${method} ${route} ${status} ${durationMs} ms  ${requestId}`;
  }
  const details = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [time, String(level).toUpperCase(), message, ...details].join(" ");
}

function recordIn(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{"at":')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
