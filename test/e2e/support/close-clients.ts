import { WebSocket as WsSocket } from "ws";
import { RawSocket } from "./raw-socket.ts";

export interface OpenOptions {
  port: number;
  path: string;
  token: string;
}

/** A connected client that has sent nothing. */
export interface CloseClient {
  send(text: string): void;
  /** Resolves with the close code when the client reports the end of the connection. */
  ended: Promise<number>;
  /** Ends the connection in any state. */
  destroy(): void;
}

const headersOf = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

/** Node's own WebSocket, which reports `close` when the TCP connection has ended. */
async function openNode({ port, path, token }: OpenOptions): Promise<CloseClient> {
  // Node's WebSocket accepts headers, which the standard's does not.
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
    protocols: ["parley.v1"],
    headers: headersOf(token),
  } as unknown as string[]);
  const ended = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code);
  });
  await new Promise((resolve, reject) => {
    socket.onmessage = resolve;
    socket.onerror = reject;
  });
  return { send: (text) => socket.send(text), ended, destroy: () => socket.close() };
}

/** `ws`, which reports `close` when the TCP connection has ended. */
async function openWs({ port, path, token }: OpenOptions): Promise<CloseClient> {
  const socket = new WsSocket(`ws://127.0.0.1:${port}${path}`, ["parley.v1"], { headers: headersOf(token) });
  const ended = new Promise<number>((resolve) => {
    socket.once("close", resolve);
  });
  await new Promise((resolve, reject) => {
    socket.once("message", resolve);
    socket.on("error", reject);
  });
  return { send: (text) => socket.send(text), ended, destroy: () => socket.terminate() };
}

async function openRaw(options: OpenOptions): Promise<CloseClient> {
  const socket = new RawSocket(options);
  await socket.upgraded;
  return {
    send: (text) => socket.send(text),
    ended: Promise.all([socket.closeCode, socket.ended]).then(([code]) => code),
    destroy: () => socket.destroy(),
  };
}

/** The kinds of clients that connect to a server, by name. */
export const closeClients = { "Node's WebSocket": openNode, ws: openWs, "raw TCP": openRaw };

export const openAll = (options: OpenOptions): Promise<CloseClient[]> =>
  Promise.all(Object.values(closeClients).map((open) => open(options)));
