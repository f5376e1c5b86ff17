import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limitedHeaders, selfLimitedHeaders } from "../../src/http/parsed-headers.ts";
import { workerdCpuMs, workerdMemory } from "./support/process-usage.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

const idleTimeoutMs = 3_000;
/** Uploads that one user may send concurrently. */
const maxConcurrent = 16;
const usernames = ["ann", "bob", "cid", "dan"];

let server: WorkerdServer;
let users: TestUser[];
beforeAll(async () => {
  server = await WorkerdServer.start({ BODY_IDLE_TIMEOUT_MS: String(idleTimeoutMs) });
  users = await server.createUsers(...usernames);
});
afterAll(() => server.remove());

/** A TCP connection, and everything that was received on it. */
class HttpConnection {
  readonly socket: Socket;
  received = "";

  constructor() {
    this.socket = connect(server.port, "127.0.0.1");
    this.socket.on("data", (chunk) => (this.received += chunk.toString("latin1")));
    this.socket.on("error", () => {});
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.received)?.[1] ?? 0);
  }

  async answered(ms: number): Promise<number> {
    for (const until = Date.now() + ms; Date.now() < until && this.status === 0;) await sleep(20);
    return this.status;
  }
}

const head = (
  method: string,
  path: string,
  { tokens }: TestUser,
  headers: Record<string, string> = {},
): string =>
  [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries({ Host: "parley.test", Authorization: `Bearer ${tokens.accessToken}`, ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    "",
    "",
  ].join("\r\n");

/** Inputs that made `Range` and `Content-Digest` quadratic, after valid beginnings of each header's value. */
const runs = [" ", "\t", ",", ", ", ";", "=", '"', "a", "1", "-", ".", "/"];
const beginnings = [
  "",
  "bytes=",
  "sha-256=",
  "text/plain;",
  'W/"',
  "parley.v1,",
  "Bearer ",
  "multipart/form-data; boundary=",
];

test("[BW1] no header of any length or content takes much CPU time", async () => {
  const [ann] = users as [TestUser];
  const uploaded = await fetch(`${server.url}/v1/files?name=a.txt`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ann.tokens.accessToken}` },
    body: "hello",
  });
  const { id } = (await uploaded.json()) as { id: string };
  const paths = [`GET /v1/files/${id}/content`, "POST /v1/files?name=a.txt", "GET /errors/not_found"];
  let requests = 0;
  const before = workerdCpuMs(server.pid);
  for (const name of [...limitedHeaders, ...selfLimitedHeaders]) {
    if (name === "Content-Length" || name === "Upgrade") continue;
    const connections = beginnings.flatMap((beginning, at) => {
      const run = runs[at % runs.length]!;
      return [run, runs[(at + 5) % runs.length]!].map((repeated) => {
        const [method = "", path = ""] = paths[at % paths.length]!.split(" ");
        const connection = new HttpConnection();
        const value = `${beginning}${repeated.repeat(60_000 / repeated.length)}x`;
        const length: Record<string, string> = method === "POST" ? { "Content-Length": "5" } : {};
        connection.socket.write(
          head(method, path, ann, { ...length, [name]: value }) + (method === "POST" ? "hello" : ""),
        );
        return connection;
      });
    });
    for (const connection of connections) {
      expect(await connection.answered(10_000), name).toBeGreaterThan(0);
      connection.socket.destroy();
      requests++;
    }
  }
  const perRequest = (workerdCpuMs(server.pid) - before) / requests;
  console.log({ requests, cpuMsPerRequest: perRequest });
  // A quadratic expression takes more than 5,000 ms for one request.
  expect(perRequest).toBeLessThan(30);
  expect(server.defects).toEqual([]);
});

const form = (size: number): string =>
  `------x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n${"\u00ff\u0001".repeat(size / 2)}`;

test("[BW2] [BW3] stalled uploads use little memory and are aborted", async () => {
  const before = workerdMemory(server.pid);
  const connections = users.flatMap((person) =>
    Array.from({ length: maxConcurrent }, () => {
      const connection = new HttpConnection();
      const headers = {
        "Content-Type": "multipart/form-data; boundary=----x",
        "Content-Length": String(80 * 1024 * 1024),
      };
      connection.socket.write(head("POST", "/v1/files", person, headers));
      connection.socket.write(Buffer.from(form(400_000), "latin1"));
      return connection;
    }),
  );
  await sleep(idleTimeoutMs - 1_500);
  const growth = workerdMemory(server.pid) - before;
  console.log({ uploads: connections.length, growthMB: growth });
  const further = new HttpConnection();
  further.socket.write(head("POST", "/v1/files?name=a", users[0]!, { "Content-Length": "1" }) + "x");
  expect(await further.answered(2 * idleTimeoutMs)).toBe(429);
  for (const connection of connections) expect(await connection.answered(3 * idleTimeoutMs)).toBe(408);
  // Buffers of 8 MB each took 462 MB for 60 uploads. What remains is the growth of the heap, 1 to 2 MB each.
  expect(growth).toBeLessThan(connections.length * 3.5);
  for (const { socket } of [...connections, further]) socket.destroy();
  expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
  expect(server.defects).toEqual([]);
});

test("[BW2] a stalled JSON body is aborted, without a session too", async () => {
  const connection = new HttpConnection();
  connection.socket.write(
    "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
  );
  const begun = Date.now();
  expect(await connection.answered(10 * idleTimeoutMs)).toBe(408);
  expect(Date.now() - begun).toBeGreaterThan(idleTimeoutMs - 500);
  connection.socket.destroy();
});
