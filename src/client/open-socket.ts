import { errorFromResponse, ParleyError } from "./error.ts";

/** The parameters of a WebSocket handshake. */
export interface SocketRequest {
  /** A URL with the scheme `ws:` or `wss:`. */
  url: string;
  protocols: string[];
  /** Empty in browsers, whose sockets cannot send headers. */
  headers: Record<string, string>;
}

/** The part of the WebSocket interface that the client uses; the standard class and that of the package `ws` implement it. */
export interface SocketLike {
  /** 1 while the socket is open, 2 or 3 once its close has begun. */
  readonly readyState?: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: "error", listener: () => void): void;
}

/** Opens a socket. @throws ParleyError the server's error, where the platform exposes it. */
export type OpenSocket = (request: SocketRequest) => SocketLike | Promise<SocketLike>;

type WithHeaders = new (
  url: string,
  options: { protocols: string[]; headers: Record<string, string> },
) => SocketLike;
type Standard = new (url: string, protocols: string[]) => SocketLike;

/** Opens a socket of the platform: the global WebSocket of browsers and Node, or an upgrade by `fetch` in Workers. */
export const openPlatformSocket: OpenSocket = (request) => {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  if (navigator?.userAgent === "Cloudflare-Workers") return openByFetch(request);
  const { url, protocols, headers } = request;
  if (Object.keys(headers).length === 0)
    return new (globalThis.WebSocket as unknown as Standard)(url, protocols);
  return new (globalThis.WebSocket as unknown as WithHeaders)(url, { protocols, headers });
};

/** The property that Workers add to `Response`. */
interface Upgraded {
  webSocket?: (SocketLike & { accept(): void }) | null;
}

/** Uses `fetch`, because the WebSocket constructor of Workers cannot send headers and does not expose the error of a rejected upgrade. */
async function openByFetch({ url, protocols, headers }: SocketRequest): Promise<SocketLike> {
  const response = await fetch(url.replace(/^ws/, "http"), {
    headers: { ...headers, upgrade: "websocket", "sec-websocket-protocol": protocols.join(", ") },
  });
  if (response.status >= 400) throw await errorFromResponse(response);
  const socket = (response as Upgraded).webSocket;
  if (!socket)
    throw new ParleyError({
      code: "upgrade_required",
      detail: "The server did not upgrade the connection",
    });
  socket.accept();
  return socket;
}
