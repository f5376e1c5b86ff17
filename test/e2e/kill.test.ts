import { DatabaseSync } from "node:sqlite";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DevServer, temporaryDirectory } from "./support/dev-server.ts";
import { CommandWriter } from "./support/command-writer.ts";
import { waitUntil } from "./support/wait-until.ts";

const kills = 4;
const directory = temporaryDirectory();
let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start(directory.path);
});
afterAll(async () => {
  await server.kill();
  directory.remove();
});

const call = async (method: string, path: string, token: string | undefined, body?: object) => {
  const headers = {
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(body && { "Content-Type": "application/json" }),
  };
  const response = await fetch(server.url + path, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json() as Promise<any>;
};

test("[DP2] a local server does not execute SQL of other origins", async () => {
  const response = await fetch(`${server.url}/cdn-cgi/local/explorer/api/d1/database/local-parley/raw`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sql: "SELECT email FROM users" }),
  });
  expect(response.status).toBe(404);
});

test("[LG4] [LG5] [PJ1] [RM2] [RS5] after SIGKILLs each acknowledged write exists once", async () => {
  const [ann, bob] = await Promise.all(
    ["ann", "bob"].map((username) =>
      call("POST", "/v1/auth/register", undefined, {
        username,
        email: `${username}@example.com`,
        password: "correct horse",
      }),
    ),
  );
  const channel = await call("POST", "/v1/channels", ann.tokens.accessToken, { name: "burst" });
  await call("POST", `/v1/channels/${channel.id}/members`, ann.tokens.accessToken, { userId: bob.user.id });
  const writers = [
    new CommandWriter("ann", ann.tokens.accessToken, channel.id, 16),
    new CommandWriter("bob", bob.tokens.accessToken, channel.id, 16),
    new CommandWriter("listener", bob.tokens.accessToken, channel.id, 0),
  ];
  const acknowledged = () => writers.reduce((sum, { acknowledgedSeqs }) => sum + acknowledgedSeqs.size, 0);

  for (let round = 1; round <= kills; round++) {
    await Promise.all(writers.map((writer) => writer.connect(server.url)));
    const before = acknowledged();
    for (const writer of writers) writer.start();
    await waitUntil("a burst", () => acknowledged() >= before + 150 * round);
    await server.kill();
    for (const writer of writers) writer.disconnect();
    server = await DevServer.start(directory.path);
  }
  for (const writer of writers) writer.stop();
  await Promise.all(writers.map((writer) => writer.connect(server.url)));
  for (const writer of writers) writer.resendPending();
  await waitUntil("the last acks", () => writers.every(({ unacknowledged }) => unacknowledged === 0));

  const log: any[] = [];
  for (let hasMore = true; hasMore;) {
    const page = await call(
      "GET",
      `/v1/channels/${channel.id}/events?after=${log.length}&limit=100`,
      ann.tokens.accessToken,
    );
    log.push(...page.events);
    hasMore = page.hasMore;
  }
  await waitUntil("the listeners", () => writers.every(({ lastSeq }) => lastSeq === log.length));

  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  const committed = log
    .filter(({ type }) => type === "messageCreate" || type === "threadCreate")
    .map(({ seq, data }) => [data.message.content, seq]);
  expect(new Set(committed.map(([content]) => content)).size).toBe(committed.length);
  const seqByContent = new Map(committed as [string, number][]);
  for (const { acknowledgedSeqs } of writers)
    for (const [content, seq] of acknowledgedSeqs) expect(seqByContent.get(content)).toBe(seq);
  expect(acknowledged()).toBe(committed.length);
  for (const writer of writers) {
    expect(writer.faults).toEqual([]);
    expect(writer.events).toEqual(log);
  }

  await waitUntil(
    "D1",
    async () => (await call("GET", `/v1/channels/${channel.id}`, ann.tokens.accessToken)).seq === log.length,
  );
  const databaseRows = readDatabaseRows(channel.id);
  expect(databaseRows.messages).toEqual(committed.map(([content, seq]) => ({ content, seq })));

  // Thread roots, with the summary of the last reply.
  const threads = new Map(
    log.flatMap(({ type, data }) =>
      type === "threadCreate" ? [[data.message.threadId, data.thread] as const] : [],
    ),
  );
  expect(threads.size).toBeGreaterThan(0);
  expect(new Map(databaseRows.threads.map(({ id, thread }) => [id, JSON.parse(String(thread))]))).toEqual(
    threads,
  );

  for (const [what, type, rows] of [
    ["reacted", "reactionAdd", databaseRows.reactions],
    ["pinned", "messagePin", databaseRows.pins],
  ] as const) {
    const logged = log
      .filter((event) => event.type === type)
      .map(({ seq, data }) => ({ seq, message_id: data.messageId, user_id: data.userId }));
    expect(rows).toEqual(logged);
    const onMessages = logged.map(({ message_id }) => message_id);
    expect(new Set(onMessages).size).toBe(onMessages.length);
    const acked = writers.flatMap((writer) => [...writer[what]]);
    expect(acked.length).toBeGreaterThan(0);
    expect(onMessages.toSorted()).toEqual(acked.toSorted());
  }

  for (const [{ tokens }, { readUpTo }] of [
    [ann, writers[0]],
    [bob, writers[1]],
  ] as [any, CommandWriter][]) {
    const unreads = () => call("GET", "/v1/users/me/unreads", tokens.accessToken);
    const isHere = async () => (await unreads()).items[0].lastReadSeq === readUpTo;
    await waitUntil("the read position", isHere);
  }
});

type Row = Record<string, unknown>;

/** Reads a channel's rows by seq from D1's own file. */
function readDatabaseRows(channelId: string): {
  messages: Row[];
  threads: Row[];
  reactions: Row[];
  pins: Row[];
} {
  const folder = join(directory.path, "v3/d1/miniflare-D1DatabaseObject");
  for (const file of readdirSync(folder).filter(
    (name) => name.endsWith(".sqlite") && name !== "metadata.sqlite",
  )) {
    using database = new DatabaseSync(join(folder, file), { readOnly: true });
    if (!database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'messages'").get()) continue;
    const rows = (columns: string, table: string, where = "1"): Row[] =>
      database
        .prepare(`SELECT ${columns} FROM ${table} WHERE channel_id = ? AND ${where} ORDER BY seq`)
        .all(channelId)
        .map((row) => ({ ...row }));
    return {
      messages: rows("content, seq", "messages"),
      threads: rows("id, thread", "messages", "thread IS NOT NULL AND thread <> 'null'"),
      reactions: rows("seq, message_id, user_id", "reactions"),
      pins: rows("seq, message_id, user_id", "pins"),
    };
  }
  throw new Error("No database with messages");
}
