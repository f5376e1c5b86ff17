import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on loopback that records the requests that the product sends to programs. */
export class Receiver {
  readonly url: string;
  /** The bodies of the requests, in their order. */
  readonly bodies: string[] = [];
  /** The status of the next responses. */
  status = 200;
  /** The body of the next responses. */
  response = "";
  readonly close: () => void;

  private constructor(url: string, close: () => void) {
    this.url = url;
    this.close = close;
  }

  static async listen(): Promise<Receiver> {
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        receiver.bodies.push(body);
        response.writeHead(receiver.status, { "Content-Type": "application/json" }).end(receiver.response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const receiver = new Receiver(`http://127.0.0.1:${port}/events`, () => {
      server.close();
      server.closeAllConnections();
    });
    return receiver;
  }
}
