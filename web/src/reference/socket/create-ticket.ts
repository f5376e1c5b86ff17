import { isObject } from "../contract/document.ts";

const timeoutMs = 30_000;

/**
 * Creates a ticket, with which a page opens one socket.
 *
 * @throws Error with a text for the reader when the server rejects the request or cannot be reached
 */
export async function createTicket(accessToken: string): Promise<string> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch("/v1/realtime/ticket", {
      method: "POST",
      headers: { Authorization: `Bearer ${accessToken}` },
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(timeoutMs),
    });
    answer = await response.json().catch(() => null);
  } catch (cause) {
    throw new Error("No ticket: the server cannot be reached.", { cause });
  }
  const { ticket, code, detail } = isObject(answer) ? answer : {};
  if (!response.ok || typeof ticket !== "string")
    throw new Error(`No ticket: ${[response.status, code, detail].filter(Boolean).join(" · ")}`);
  return ticket;
}
