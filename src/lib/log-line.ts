/**
 * Writes one line of JSON to the log.
 *
 * @param line `message` is a stable event name in snake case with its area in front, such as `outbox.delivery_failed`. Callers
 * pass no message text, token or address.
 */
export function logLine(
  line: { level: "info" | "warn" | "error"; message: string } & Record<string, unknown>,
): void {
  const text = JSON.stringify({ at: new Date().toISOString(), ...line });
  if (line.level === "error") console.error(text);
  else console.log(text);
}

/**
 * Returns the first line of an error up to its first quotation, at most 300 characters. What follows may contain bound values of
 * a statement, or text of users.
 */
export const describeError = (error: unknown): string =>
  (String(error).split("\n")[0] ?? "").replace(/(?<!\w)["'`].*/, "…").slice(0, 300);

/** Returns the first five frames of an error's stack without the message, which precedes them and may have several lines. */
export function stackFrames({ message, stack = "" }: Error): string[] {
  const end = stack.indexOf(message);
  if (end < 0) return [];
  return stack
    .slice(end + message.length)
    .split("\n")
    .slice(1, 6)
    .map((line) => line.trim());
}
