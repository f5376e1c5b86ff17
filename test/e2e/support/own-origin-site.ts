import {
  createServer,
  type IncomingMessage,
  request as sendRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The globals of the site's pages: the client library as an application bundles it. */
export type OwnOriginPage = {
  parley: typeof import("../../../src/client/index.ts") &
    Pick<typeof import("../../../src/client/cookie-session.ts"), "cookieSession">;
};

/** A service worker that answers a message with the user of the session, by the client library. */
const serviceWorker = `
importScripts("/app/parley.js");
const client = parley.createClient({ url: location.origin, session: parley.cookieSession() });
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => event.waitUntil(
  client.resume().then((me) => event.ports[0].postMessage(me && me.username), (error) => event.ports[0].postMessage(error.code)),
));
`;

/**
 * A web client and its server at one origin, as the Worker serves both: pages and scripts below `/app`, and everything else, upgrades
 * included, from the server at `port`.
 */
export class OwnOriginSite {
  readonly #server: Server;
  readonly #port: () => number;
  readonly #files: Readonly<Record<string, { type: string; text: string }>>;

  private constructor(script: string, port: () => number) {
    this.#port = port;
    this.#files = {
      "/app/": {
        type: "text/html",
        text: '<!doctype html><title>Client</title><script src="/app/parley.js"></script>',
      },
      "/app/empty": { type: "text/html", text: "<!doctype html><title>Empty</title>" },
      "/app/parley.js": { type: "text/javascript", text: script },
      "/app/worker.js": { type: "text/javascript", text: serviceWorker },
    };
    this.#server = createServer((request, response) => this.#respond(request, response));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
  }

  /** @param port - the server's port, read for each request */
  static async listen(port: () => number): Promise<OwnOriginSite> {
    const { outputFiles } = await build({
      stdin: {
        contents: 'export * from "./index.ts"; export { cookieSession } from "./cookie-session.ts";',
        resolveDir: fileURLToPath(new URL("../../../src/client/", import.meta.url)),
      },
      bundle: true,
      format: "iife",
      globalName: "parley",
      write: false,
    });
    const site = new OwnOriginSite(outputFiles[0]?.text ?? "", port);
    await new Promise<void>((resolve) => site.#server.listen(0, "127.0.0.1", resolve));
    return site;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const file = this.#files[request.url?.split("?")[0] ?? ""];
    if (file) return void response.setHeader("Content-Type", file.type).end(file.text);
    const { method, url, headers } = request;
    const target = { host: "127.0.0.1", port: this.#port(), method, path: url, headers };
    const upstream = sendRequest(target, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    request.pipe(upstream);
  }

  #upgrade({ method, url, rawHeaders }: IncomingMessage, client: Socket, head: Buffer): void {
    const server = connect({ host: "127.0.0.1", port: this.#port() });
    const lines = Array.from(
      { length: rawHeaders.length / 2 },
      (_, at) => `${rawHeaders[2 * at]}: ${rawHeaders[2 * at + 1]}`,
    );
    server.write(`${method} ${url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    server.write(head);
    client.pipe(server);
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const)
      socket.on("error", () => {}).on("close", () => other.destroy());
  }
}
