import { utimesSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createChannel, createClient, register, type Tokens } from "../../src/client/index.ts";
import { repositoryRoot } from "../../scripts/support/paths.ts";
import { RawClient } from "./support/raw-client.ts";
import { DevServer, temporaryDirectory } from "./support/dev-server.ts";
import { waitUntil } from "./support/wait-until.ts";

const directory = temporaryDirectory();
let server: DevServer;
let tokens: Tokens;
let channelId: string;

beforeAll(async () => {
  server = await DevServer.start(directory.path);
  const account = { username: "ann", email: "ann@example.com", password: "correct horse" };
  ({ tokens } = await createClient({ url: server.url }).call(register, { body: account }));
  const { call } = createClient({ url: server.url, tokens });
  channelId = (await call(createChannel, { body: { name: "general" } })).id;
});
afterAll(async () => {
  await server?.kill();
  directory.remove();
});

/** Opens two sockets of each kind; one of the gateway's is subscribed. */
async function openAll(): Promise<RawClient[]> {
  const paths = [`/v1/channels/${channelId}/realtime`, "/v1/realtime"];
  const port = Number(new URL(server.url).port);
  const clients = await Promise.all(
    [...paths, ...paths].map((path) => RawClient.open({ port, token: tokens.accessToken, path })),
  );
  for (const { isOpen, status } of clients) if (!isOpen) throw new Error(status);
  await Promise.all(clients.map((client) => client.receives('"hello"')));
  clients[1]!.send({ type: "subscribe", channelId });
  await clients[1]!.receives('"subscribed"');
  return clients;
}

const closeCodes = (clients: readonly RawClient[]) => clients.map(({ closeCode }) => closeCode);

/** An upload whose second half is sent `waitMs` after its first. Resolves with the status of the response. */
function slowUpload(waitMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const upload = request(`${server.url}/v1/files?name=slow.txt`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${tokens.accessToken}`,
        "Content-Type": "text/plain",
        "Content-Length": "10",
      },
    });
    upload.on("error", reject);
    upload.on("response", (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    upload.write("first");
    setTimeout(() => upload.end("other"), waitMs);
  });
}

test("[LS1] a reload closes the sockets with 1012, and clients reconnect", async () => {
  const clients = await openAll();
  const now = new Date();
  utimesSync(join(repositoryRoot, "src/worker.ts"), now, now);
  await waitUntil("the close frames", () => closeCodes(clients).every((code) => code !== undefined));
  expect(closeCodes(clients)).toEqual([1012, 1012, 1012, 1012]);
  await waitUntil(
    "the new sockets",
    async () => {
      const [client] = await openAll().catch(() => []);
      client?.destroy();
      return client !== undefined;
    },
    60,
  );
});

test("[LS1] a stop closes the sockets with 1012 and answers requests in flight", async () => {
  // The reload may still be in progress.
  await sleep(3_000);
  const clients = await openAll();
  const upload = slowUpload(1_000);
  await sleep(300);
  expect(await server.stop()).toBe(0);
  expect(closeCodes(clients)).toEqual([1012, 1012, 1012, 1012]);
  expect(await upload).toBe(201);
});
