import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PushBrowser, type ReceivedPush } from "./push-browser.ts";

/** A push service on loopback, outside the server's process, and the browser that it serves. */
export class PushService {
  readonly browser = new PushBrowser();
  readonly pushes: ReceivedPush[] = [];
  /** The path of the endpoint of each push. */
  readonly paths: string[] = [];
  /** Decides about each request by the path of the endpoint. */
  answer: (path: string) => number | Promise<number> = () => 201;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", async () => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        );
        const push = this.browser.receive(headers, Buffer.concat(chunks));
        const path = request.url ?? "";
        this.pushes.push(push);
        this.paths.push(path);
        const status = await this.answer(path);
        if (status < 300) this.browser.show(push.payload);
        response.writeHead(status).end();
      });
    });
  }

  static async start(): Promise<PushService> {
    const service = new PushService();
    service.#server.listen(0, "127.0.0.1");
    await once(service.#server, "listening");
    return service;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
