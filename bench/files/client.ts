import { Agent, request } from "node:http";

export type FilesAddress = { port: number; headers: Record<string, string> };

export type Answer = { status: number; bytes: number; body: Buffer };

/** Sends requests over up to `atOnce` keep-alive connections. */
export class FilesClient {
  readonly #agent: Agent;
  readonly #address: FilesAddress;

  constructor(address: FilesAddress, atOnce: number) {
    this.#address = address;
    this.#agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  }

  /** Sends a request. Throws unless the status is 2xx. Of a response over 10 kB, only the length is kept. */
  send(method: string, path: string, body?: Buffer): Promise<Answer> {
    const { port, headers } = this.#address;
    const length = body ? { "Content-Length": String(body.byteLength) } : {};
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, agent: this.#agent };
      const sent = request({ ...options, method, path, headers: { ...headers, ...length } }, (response) => {
        const kept: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.byteLength;
          if (bytes < 10_000) kept.push(chunk);
        });
        response.on("error", reject);
        response.on("end", () => {
          const answer = { status: response.statusCode ?? 0, bytes, body: Buffer.concat(kept) };
          if (answer.status >= 200 && answer.status < 300) resolve(answer);
          else
            reject(new Error(`${method} ${path}: ${answer.status} ${answer.body.toString().slice(0, 300)}`));
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
