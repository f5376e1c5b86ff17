import { compactSubprotocol } from "./contract/compact-events.ts";
import { subprotocol } from "./contract/frames.ts";
import { createTicket } from "./contract/tickets.ts";
import type { Call } from "./call.ts";
import type { Environment } from "./environment.ts";
import type { LogPosition } from "./event-feed.ts";
import { urlOf } from "./request.ts";
import type { OpenSocket, SocketRequest } from "./open-socket.ts";
import type { BrowserSession, SessionTokens } from "./session-tokens.ts";

/** What authenticates a socket: subprotocols, besides `parley.v1`, and headers. */
export type SocketCredentials = Pick<SocketRequest, "protocols" | "headers">;

/**
 * How a socket authenticates. `header`: by the `Authorization` header, which sockets of browsers can't send. `ticket`: by a
 * single-use ticket that is fetched before each attempt. A function is called before each attempt.
 */
export type AuthorizeSocket = "header" | "ticket" | (() => Promise<SocketCredentials>);

/** The dependencies of sockets, from the client that opens them. */
export interface SocketContext {
  url: string;
  call: Call;
  open: OpenSocket;
  credentials: () => Promise<SocketCredentials>;
  environment: Environment;
  /** Reports the end of a session that the browser stores; the sockets are closed then. */
  onSessionEnd: BrowserSession["onEnd"] | undefined;
}

/**
 * Builds the request for a socket. It offers the compact form of events; a server without it uses the plain form.
 *
 * @param options `position`: where the socket resumes; null: it receives only new events
 */
export async function socketRequest(
  { url, credentials }: SocketContext,
  path: string,
  { params = {}, position }: { params?: Record<string, unknown>; position: LogPosition | null },
): Promise<SocketRequest> {
  const { protocols, headers } = await credentials();
  const query = position ? { since: position.seq, epoch: position.epoch } : {};
  const address = urlOf(url, { path }, { params, query }).replace(/^http/, "ws");
  return { url: address, protocols: [compactSubprotocol, subprotocol, ...protocols], headers };
}

/** Whether the platform's WebSocket can send headers. */
const supportsHeaders = (): boolean => {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return /^(Node\.js|Cloudflare-Workers|Bun)\b/.test(navigator?.userAgent ?? "");
};

/** Returns the function that provides each attempt's credentials; by default a header where the platform can send one, else a ticket. */
export function credentialsFor(
  tokens: SessionTokens,
  call: Call,
  how: AuthorizeSocket = supportsHeaders() ? "header" : "ticket",
): () => Promise<SocketCredentials> {
  if (typeof how === "function") return how;
  if (how === "ticket")
    return async () => ({
      protocols: [`ticket.${(await call(createTicket, { retry: false })).ticket}`],
      headers: {},
    });
  return async () => {
    const accessToken = await tokens.fresh();
    const headers: SocketCredentials["headers"] = {};
    if (accessToken !== null) headers["authorization"] = `Bearer ${accessToken}`;
    return { protocols: [], headers };
  };
}
