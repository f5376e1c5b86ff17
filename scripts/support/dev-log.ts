import { stripVTControlCharacters } from "node:util";

/** Wrangler's log line of a request. The Worker logs the request too, with its id and without its query. */
const wranglerRequest = /^\[wrangler:info\] [A-Z]+ \S+ \d{3} /;

/**
 * Formats a line of `wrangler dev` for a terminal: a structured log line of the Worker becomes a short text, wrangler's line of the same
 * request is dropped, and all others stay unchanged.
 *
 * @returns the line to print, without its line end; undefined for none
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
