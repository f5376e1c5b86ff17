/** One structured line in the log. Callers pass no content, no token, no address. */
export function logLine(
  line: { level: "info" | "warn" | "error"; message: string } & Record<string, unknown>,
): void {
  const text = JSON.stringify({ at: new Date().toISOString(), ...line });
  if (line.level === "error") console.error(text);
  else console.log(text);
}

/** The first line of an error up to its first quotation, shortened: what follows may be bound values, or what somebody wrote. */
export const describeError = (error: unknown): string =>
  (String(error).split("\n")[0] ?? "").replace(/(?<!\w)["'`].*/, "…").slice(0, 300);

/** Where an error was thrown, without its message, which stands at the beginning of the stack and may have lines of its own. */
export function stackFrames({ message, stack = "" }: Error): string[] {
  const end = stack.indexOf(message);
  if (end < 0) return [];
  return stack
    .slice(end + message.length)
    .split("\n")
    .slice(1, 6)
    .map((line) => line.trim());
}
