import { createServer, request as requestHttp } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";

/** A line of one's own to a server, that can be cut: what runs through it ends with a reset, as when a network dies. */
export interface FaultProxy {
  /** To be used in place of the server's. */
  url: string;
  /** Ends every connection at once, without a goodbye. New ones are taken still. */
  resetConnections(): void;
  /** Cuts, and lets nothing through until it is plugged in again. */
  block(): void;
  unblock(): void;
  close(): Promise<void>;
}

/** Lays a cable from a loopback port to the server at `url`, HTTP and WebSocket alike. */
export async function startFaultProxy(url: string): Promise<FaultProxy> {
  const target = new URL(url);
  const request = target.protocol === "https:" ? requestHttps : requestHttp;
  const connections = new Set<Socket>();
  let plugged = true;

  const keep = (socket: Socket) => {
    connections.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => connections.delete(socket));
  };
  const onwards = ({ method, url: path, headers }: IncomingMessage): RequestOptions => ({
    method,
    path,
    host: target.hostname,
    port: target.port,
    agent: false,
    headers: { ...headers, host: target.host },
  });
  const server = createServer((incoming, answer) => {
    const outgoing = request(onwards(incoming), (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on("socket", keep);
    outgoing.on("error", () => answer.destroy());
    incoming.pipe(outgoing);
  });
  server.on("connection", (socket) => {
    keep(socket);
    if (!plugged) breakOff(socket);
  });
  server.on("upgrade", (incoming, near: Duplex) => {
    const outgoing = request(onwards(incoming));
    outgoing.on("socket", keep);
    outgoing.on("error", () => near.destroy());
    outgoing.on("response", (refusal) => {
      near.write(headOf(refusal));
      refusal.pipe(near);
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

  const cut = () => {
    for (const socket of connections) breakOff(socket);
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    resetConnections: cut,
    block() {
      plugged = false;
      cut();
    },
    unblock() {
      plugged = true;
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A reset, which only plain TCP can send by itself. */
function breakOff(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  let head = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  return `${head}\r\n`;
}
