import { createServer, request as requestHttp } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";

/** A local proxy to a server that can reset its connections, as a failing network does. */
export interface FaultProxy {
  /** Used instead of the server's URL. */
  url: string;
  /** Resets every open connection, without a close frame. New connections are accepted. */
  resetConnections(): void;
  /** Resets every connection, and each new one until `unblock`. */
  block(): void;
  unblock(): void;
  close(): Promise<void>;
}

/** Starts a proxy on a loopback port to the server at `url`, for HTTP and WebSockets. */
export async function startFaultProxy(url: string): Promise<FaultProxy> {
  const target = new URL(url);
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  const connections = new Set<Socket>();
  let isBlocked = false;

  const track = (socket: Socket) => {
    connections.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => connections.delete(socket));
  };
  const upstreamOptions = ({ method, url: path, headers }: IncomingMessage): RequestOptions => ({
    method,
    path,
    host: target.hostname,
    port: target.port,
    agent: false,
    headers: { ...headers, host: target.host },
  });
  const server = createServer((incoming, downstream) => {
    const outgoing = request(upstreamOptions(incoming), (response) => {
      downstream.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(downstream);
    });
    outgoing.on("socket", track);
    outgoing.on("error", () => downstream.destroy());
    incoming.pipe(outgoing);
  });
  server.on("connection", (socket) => {
    track(socket);
    if (isBlocked) resetConnection(socket);
  });
  server.on("upgrade", (incoming, near: Duplex) => {
    const outgoing = request(upstreamOptions(incoming));
    outgoing.on("socket", track);
    outgoing.on("error", () => near.destroy());
    outgoing.on("response", (rejection) => {
      near.write(headOf(rejection));
      rejection.pipe(near);
    });
    outgoing.on("upgrade", (accepted, far, first) => {
      near.write(headOf(accepted));
      near.write(first);
      far.pipe(near).pipe(far);
      near.once("close", () => far.destroy());
      far.once("close", () => near.destroy());
    });
    outgoing.end();
  });

  const resetConnections = () => {
    for (const socket of connections) resetConnection(socket);
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    resetConnections,
    block() {
      isBlocked = true;
      resetConnections();
    },
    unblock() {
      isBlocked = false;
    },
    close() {
      resetConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Resets a connection; Node can send a TCP reset only on sockets without TLS. */
function resetConnection(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  let head = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  return `${head}\r\n`;
}
