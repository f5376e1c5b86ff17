import { subprotocol } from "./contract/frames.ts";
import { createTicket } from "./contract/tickets.ts";
import type { Call } from "./call.ts";
import type { Environment } from "./environment.ts";
import type { LogPosition } from "./event-feed.ts";
import { urlOf } from "./request.ts";
import type { OpenSocket, SocketRequest } from "./open-socket.ts";
import type { TokenHolder } from "./tokens.ts";

/** The subprotocols, besides `parley.v1`, and headers that authenticate a socket. */
export type SocketCredentials = Pick<SocketRequest, "protocols" | "headers">;

/**
 * `header`: `Authorization`, which browsers' sockets can't send. `ticket`: one that is fetched for each attempt. Or a way of your
 * own, asked for each attempt.
 */
export type AuthorizeSocket = "header" | "ticket" | (() => Promise<SocketCredentials>);

/** What sockets need of the client that opens them. */
export interface SocketContext {
  url: string;
  call: Call;
  open: OpenSocket;
  credentials: () => Promise<SocketCredentials>;
  environment: Environment;
}

/** The request for a socket that resumes from `place`. */
export async function socketRequest(
  { url, credentials }: SocketContext,
  path: string,
  { params = {}, place }: { params?: Record<string, unknown>; place: LogPosition | null },
): Promise<SocketRequest> {
  const { protocols, headers } = await credentials();
  const query = place ? { since: place.seq, epoch: place.epoch } : {};
  const address = urlOf(url, { path }, { params, query }).replace(/^http/, "ws");
  return { url: address, protocols: [subprotocol, ...protocols], headers };
}

/** Whether the platform's WebSocket sends headers. */
const supportsHeaders = (): boolean => {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return /^(Node\.js|Cloudflare-Workers|Bun)\b/.test(navigator?.userAgent ?? "");
};

/** How sockets authenticate; by default with a header where the platform sends one, else with a ticket. */
export function credentialsFor(
  tokens: TokenHolder,
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
