/** One structured line in the log. Callers pass no content, no token, no address. */
export function logLine(line: { level: "info" | "warn" | "error"; message: string } & Record<string, unknown>): void {
  const text = JSON.stringify({ at: new Date().toISOString(), ...line });
  if (line.level === "error") console.error(text);
  else console.log(text);
}

/** The first line of an error, shortened: further lines may hold bound values. */
export const errorLine = (error: unknown): string => (String(error).split("\n")[0] ?? "").slice(0, 300);
