import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions, type V4WorkerOptions } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  unstable_getMiniflareWorkerOptions as miniflareOptions,
  unstable_readConfig as readConfig,
} from "wrangler";
import { bundle, migrate, modulesOf } from "../../bench/parley/bundle.ts";
import { testSecrets } from "../support/test-secrets.ts";
import { freePort } from "../../scripts/support/free-port.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const configPath = join(root, "wrangler.toml");
const earlier = "test/support/previous-release-worker.ts";

let directory: string;
let miniflare: Miniflare;
let url: string;

/**
 * Two releases on one set of data: a current Worker whose bindings lead to objects with the code of an earlier
 * one.
 */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "parley-mixed-"));
  const config = readConfig({ config: configPath });
  const { workerOptions, main } = miniflareOptions(config);
  const { modulesRules: _, ...options } = workerOptions;
  const releaseOf = async (name: string, entry: string, outDirectory: string) => {
    await bundle(configPath, outDirectory, resolve(root, entry));
    return {
      ...options,
      name,
      modules: await modulesOf(outDirectory, entry),
      modulesRoot: outDirectory,
      bindings: { ...config.vars, ...testSecrets },
    };
  };
  const port = await freePort();
  const current = {
    ...(await releaseOf("current", main!, join(directory, "current"))),
    unsafeDirectSockets: [{ host: "127.0.0.1", port }],
    durableObjects: {
      ROOMS: { className: "ChannelRoom", scriptName: "earlier" },
      HUBS: { className: "UserHub", scriptName: "earlier" },
      HASHERS: { className: "PasswordHasher", useSQLite: true },
      LIMITERS: { className: "RateLimiter", useSQLite: true },
      JOBS: { className: "JobRunner", useSQLite: true },
      WEBHOOKS: { className: "WebhookSender", useSQLite: true },
      MAILER: { className: "Mailer", useSQLite: true },
    },
  };
  const previous = await releaseOf("earlier", earlier, join(directory, "earlier"));
  miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      workers: [current, previous] as V4WorkerOptions[],
      host: "127.0.0.1",
      cf: false,
      log: new Log(LogLevel.ERROR),
    }),
    resourcePersistencePath: join(directory, "state"),
  });
  await miniflare.ready;
  for (const { binding, migrations_dir: folder } of config.d1_databases)
    await migrate(await miniflare.getD1Database(binding!, "current"), join(root, folder ?? "migrations"));
  url = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  await miniflare?.dispose();
  await rm(directory, { recursive: true, force: true });
});

const api = (method: string, path: string, { token, body }: { token?: string; body?: object } = {}) =>
  fetch(url + path, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { "Content-Type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });

test("[DP3] a new Worker works with earlier objects; missing methods are unavailable", async () => {
  const account = { email: "ann@example.com", username: "ann", password: "correct horse battery" };
  const registered = await api("POST", "/v1/auth/register", { body: account });
  expect(registered.status).toBe(201);
  const { accessToken: token } = ((await registered.json()) as any).tokens;
  const channel = (await (
    await api("POST", "/v1/channels", { token, body: { name: "general" } })
  ).json()) as any;

  for (const [method, path] of [
    ["GET", `/v1/channels/${channel.id}/events?after=0`],
    ["POST", "/v1/realtime/ticket"],
  ] as const) {
    const response = await api(method, path, { token });
    expect(response.status, path).toBe(503);
    expect(response.headers.get("Retry-After"), path).toBe("5");
    expect(await response.json(), path).toMatchObject({
      code: "unavailable",
      detail: expect.stringContaining("updated"),
    });
  }

  const sent = await api("POST", `/v1/channels/${channel.id}/messages`, {
    token,
    body: { content: "over REST" },
  });
  expect(sent.status).toBe(201);
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/channels/${channel.id}/realtime?since=0`, {
    protocols: ["parley.v1"],
    headers: { Authorization: `Bearer ${token}` },
  } as unknown as string[]);
  const contents = await new Promise<string[]>((resolve, reject) => {
    const received: string[] = [];
    socket.onopen = () =>
      socket.send(JSON.stringify({ id: 1, type: "messageCreate", data: { content: "over the socket" } }));
    socket.onerror = () => reject(new Error("the socket failed"));
    socket.onmessage = ({ data }) => {
      for (const { type, data: carried } of JSON.parse(String(data)))
        if (type === "messageCreate" && received.push(carried.message.content) === 2) resolve(received);
    };
  });
  // This session has a socket to the room, so that a current room would execute the command without the hub.
  for (const path of ["", "/messages", "/members", "/pins"]) {
    const response = await api("GET", `/v1/channels/${channel.id}${path}`, { token });
    expect([path, response.status]).toEqual([path, 200]);
  }
  const again = await api("POST", `/v1/channels/${channel.id}/messages`, {
    token,
    body: { content: "again" },
  });
  expect(again.status).toBe(201);
  socket.close();
  expect(contents).toEqual(["over REST", "over the socket"]);

  const shared = new WebSocket(`${url.replace("http", "ws")}/v1/realtime`, {
    protocols: ["parley.v1"],
    headers: { Authorization: `Bearer ${token}` },
  } as unknown as string[]);
  const answer = await new Promise<object>((resolve, reject) => {
    shared.onerror = () => reject(new Error("the shared socket failed"));
    shared.onmessage = ({ data }) => {
      for (const envelope of JSON.parse(String(data))) {
        if (envelope.type === "hello")
          shared.send(JSON.stringify({ id: 1, type: "subscribe", channelId: channel.id, data: {} }));
        if (envelope.type === "subscribed" || envelope.type === "error") resolve(envelope);
      }
    };
  });
  shared.close();
  expect(answer).toMatchObject({ type: "subscribed", channelId: channel.id });
});
