import { Agent, request } from "node:http";

/** Reads over one keep-alive connection, one request after the other. */
export class Reader {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly target: { host: string; port: number; token: string };

  constructor(target: { host: string; port: number; token: string }) {
    this.target = target;
  }

  /** Returns the whole body as text. Throws for every status but 200. */
  get(path: string): Promise<string> {
    const { host, port, token } = this.target;
    return new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${token}` };
      const sent = request({ host, port, path, headers, agent: this.agent }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const body = Buffer.concat(parts).toString();
          if (response.statusCode === 200) resolve(body);
          else reject(new Error(`GET ${path}: ${response.statusCode} ${body.slice(0, 200)}`));
        });
      });
      sent.on("error", reject);
      sent.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
