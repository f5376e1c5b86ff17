import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that a receiver has accepted. */
export interface Received {
  /** The id of the delivery. */
  id: string;
  headers: Record<string, string>;
  text: string;
  /** The parsed text. */
  body: any;
}

/** A server on loopback, outside the server's process, that records the requests that the product sends to programs. */
export class Receiver {
  readonly received: Received[] = [];
  /** Returns the status of the response to each request. */
  answer: (event: Received) => number | Promise<number> = () => 204;
  /** The body of the next responses, in JSON; their status must permit one. */
  response = "";
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      request.on("end", async () => {
        const headers = asRecord(request.headers);
        const event = { id: headers["webhook-id"] ?? "", headers, text, body: JSON.parse(text) };
        this.received.push(event);
        response
          .writeHead(await this.answer(event), { "Content-Type": "application/json" })
          .end(this.response);
      });
    });
  }

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** Returns the requests with events of a channel. */
  accepted(channelId: string): Received[] {
    return this.received.filter(({ body }) => body.channelId === channelId);
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const asRecord = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
