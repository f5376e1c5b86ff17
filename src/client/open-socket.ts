import { errorFromResponse, ParleyError } from "./error.ts";

/** Everything that opens a socket. */
export interface SocketRequest {
  /** With the scheme `ws:` or `wss:`. */
  url: string;
  protocols: string[];
  /** Empty in browsers, which cannot send any. */
  headers: Record<string, string>;
}

/** The part of a WebSocket that the client needs; the standard one fits, and so does that of the package `ws`. */
export interface SocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: "error", listener: () => void): void;
}

/** Opens a socket; throws the server's error as `ParleyError` where the platform shows it. */
export type OpenSocket = (request: SocketRequest) => SocketLike | Promise<SocketLike>;

type WithHeaders = new (
  url: string,
  options: { protocols: string[]; headers: Record<string, string> },
) => SocketLike;
type Standard = new (url: string, protocols: string[]) => SocketLike;

/** The platform's own: the global WebSocket of browsers and Node, or an upgrade by `fetch` in Workers. */
export const openPlatformSocket: OpenSocket = (request) => {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  if (navigator?.userAgent === "Cloudflare-Workers") return openByFetch(request);
  const { url, protocols, headers } = request;
  if (Object.keys(headers).length === 0)
    return new (globalThis.WebSocket as unknown as Standard)(url, protocols);
  return new (globalThis.WebSocket as unknown as WithHeaders)(url, { protocols, headers });
};

/** The part that Workers add to what all platforms have. */
interface Upgraded {
  webSocket?: (SocketLike & { accept(): void }) | null;
}

/** The WebSocket constructor of Workers sends no headers, their `fetch` does, and has the error of a rejected upgrade. */
async function openByFetch({ url, protocols, headers }: SocketRequest): Promise<SocketLike> {
  const response = await fetch(url.replace(/^ws/, "http"), {
    headers: { ...headers, upgrade: "websocket", "sec-websocket-protocol": protocols.join(", ") },
  });
  if (response.status >= 400) throw await errorFromResponse(response);
  const socket = (response as Upgraded).webSocket;
  if (!socket)
    throw new ParleyError({ code: "upgrade_required", detail: "The server did not upgrade the connection" });
  socket.accept();
  return socket;
}
