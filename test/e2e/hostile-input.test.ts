import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limitedHeaders, selfLimitedHeaders } from "../../src/http/parsed-headers.ts";
import { workerdCpuMs, workerdMemory } from "./support/process-usage.ts";
import { type Person, Workerd } from "./support/workerd-server.ts";

const silenceMs = 3_000;
/** Uploads that one user may send concurrently. */
const atOnce = 16;
const people = ["ann", "bob", "cid", "dan"];

let server: Workerd;
let persons: Person[];
beforeAll(async () => {
  server = await Workerd.start({ BODY_IDLE_TIMEOUT_MS: String(silenceMs) });
  persons = await server.people(...people);
});
afterAll(() => server.remove());

/** A TCP connection, and everything that was received on it. */
class Line {
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
  { tokens }: Person,
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
  const [ann] = persons as [Person];
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
    const lines = beginnings.flatMap((beginning, at) => {
      const run = runs[at % runs.length]!;
      return [run, runs[(at + 5) % runs.length]!].map((repeated) => {
        const [method = "", path = ""] = paths[at % paths.length]!.split(" ");
        const line = new Line();
        const value = `${beginning}${repeated.repeat(60_000 / repeated.length)}x`;
        const length: Record<string, string> = method === "POST" ? { "Content-Length": "5" } : {};
        line.socket.write(
          head(method, path, ann, { ...length, [name]: value }) + (method === "POST" ? "hello" : ""),
        );
        return line;
      });
    });
    for (const line of lines) {
      expect(await line.answered(10_000), name).toBeGreaterThan(0);
      line.socket.destroy();
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
  const lines = persons.flatMap((person) =>
    Array.from({ length: atOnce }, () => {
      const line = new Line();
      const headers = {
        "Content-Type": "multipart/form-data; boundary=----x",
        "Content-Length": String(80 * 1024 * 1024),
      };
      line.socket.write(head("POST", "/v1/files", person, headers));
      line.socket.write(Buffer.from(form(400_000), "latin1"));
      return line;
    }),
  );
  await sleep(silenceMs - 1_500);
  const growth = workerdMemory(server.pid) - before;
  console.log({ uploads: lines.length, growthMB: growth });
  const further = new Line();
  further.socket.write(head("POST", "/v1/files?name=a", persons[0]!, { "Content-Length": "1" }) + "x");
  expect(await further.answered(2 * silenceMs)).toBe(429);
  for (const line of lines) expect(await line.answered(3 * silenceMs)).toBe(408);
  // Buffers of 8 MB each took 462 MB for 60 uploads. What remains is the growth of the heap, 1 to 2 MB each.
  expect(growth).toBeLessThan(lines.length * 3.5);
  for (const { socket } of [...lines, further]) socket.destroy();
  expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
  expect(server.defects).toEqual([]);
});

test("[BW2] a stalled JSON body is aborted, without a session too", async () => {
  const line = new Line();
  line.socket.write(
    "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
  );
  const begun = Date.now();
  expect(await line.answered(10 * silenceMs)).toBe(408);
  expect(Date.now() - begun).toBeGreaterThan(silenceMs - 500);
  line.socket.destroy();
});
