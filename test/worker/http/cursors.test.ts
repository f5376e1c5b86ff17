import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { newId } from "../../../src/lib/ids.ts";
import { encodeCursor } from "../../../src/domain/pagination.ts";
import { endpoints } from "../../../src/protocol/index.ts";
import { expectProblem, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  createSampleWorkspace,
  endpointNames,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { createInviteBy } from "../../support/worker/fixtures/mail-tokens.ts";
import { createStoredFile } from "../../support/worker/fixtures/stored-files.ts";
import { createBotFor } from "../../support/worker/fixtures/tokens.ts";
import { createNotices, sendNotices } from "../../support/worker/fixtures/notices.ts";
import { writeDatabase } from "../../support/worker/objects/database.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";

let workspace: SampleWorkspace;
/** `nextCursor` of each list, by its endpoint's name. */
const cursors: Record<string, string> = {};

const lists = endpointNames.filter(
  (name) => endpoints[name]!.query && "cursor" in (endpoints[name]!.query as z.ZodObject).shape,
);

beforeAll(async () => {
  workspace = await createSampleWorkspace();
  const { ann } = workspace;
  const more = await createUsers("cara", "dan");
  for (const _ of [1, 2]) await createChannelFor(ann, more);
  for (const { userId } of more)
    await ann.call("POST", `/v1/channels/${workspace.channelId}/members`, { userId });
  await sendNotices(ann.userId, workspace.channelId, ...createNotices(1, 3));
  await createThreadsAndReactions(workspace);
  await createSearchable(workspace);
  await fillDirectory();
  for (const _ of [1, 2]) await createBotFor(workspace.admin);
  for (const _ of [1, 2]) await createInviteBy(workspace.admin);
  await createHeldMessages(workspace);
  await createPersonal(workspace);
  await createUnreadChannels(workspace);
  for (const user of more) await createStoredFile(user);
  for (const create of [
    "createEmoji",
    "createGroup",
    "createEventSubscription",
    "createIncomingWebhook",
    "exportMe",
  ])
    for (const _ of [1, 2]) await sendSample(create);
  for (const name of lists) {
    const page = await requestPage(name, new URLSearchParams());
    cursors[name] = ((await page.json()) as { nextCursor: string }).nextCursor;
  }
});

/** Deletes two messages while the channel is under a legal hold, which keeps them. */
async function createHeldMessages({ ann, admin, channelId }: SampleWorkspace): Promise<void> {
  const at = `/v1/channels/${channelId}`;
  await admin.call("PUT", `${at}/retention`, { days: null, legalHold: true });
  for (const content of ["held", "held as well"]) {
    const { body } = await ann.call("POST", `${at}/messages`, { content });
    await ann.call("DELETE", `${at}/messages/${body.id}`);
  }
}

/** Sends the sample request of an endpoint. */
async function sendSample(name: string): Promise<void> {
  const { method, path, token, body } = await sampleOf(name, workspace);
  const response = await sendRaw(method, path, { token, ...(body && { body: JSON.stringify(body) }) });
  expect(response.status, `${name}: ${await response.text()}`).toBe(endpoints[name]!.status);
}

/** Creates two drafts, saved messages, scheduled messages and reminders of Ann. */
async function createPersonal({
  ann,
  channelId,
  privateId,
  messageId,
  privateMessageId,
}: SampleWorkspace): Promise<void> {
  for (const id of [channelId, privateId])
    await ann.call("PUT", `/v1/channels/${id}/draft`, { content: "a draft" });
  for (const id of [messageId, privateMessageId]) await ann.call("PUT", `/v1/saved/${id}`);
  for (const create of ["createScheduledMessage", "createReminder"])
    for (const _ of [1, 2]) await sendSample(create);
}

/** Inserts more unread channels of Bob than `readAll` marks at once. Their rooms do not exist, so they stay unread. */
async function createUnreadChannels({ bob }: SampleWorkspace): Promise<void> {
  for (let n = 0; n < 51; n++) {
    const id = newId("chn");
    await writeDatabase(
      `INSERT INTO channels (id, name, type, topic, description, created_by, created_at, projected_seq, epoch)
       VALUES (?, ?, 'private', '', '', ?, 1, 5, 'epoch')`,
      id,
      id,
      bob.userId,
    );
    await writeDatabase(
      "INSERT INTO channel_members (channel_id, user_id, role, joined_at) VALUES (?, ?, 'member', 1)",
      id,
      bob.userId,
    );
    await writeDatabase(
      "INSERT INTO channel_readers (channel_id, user_id, last_read_seq, level, rev) VALUES (?, ?, 1, 'all', 1)",
      id,
      bob.userId,
    );
  }
}

/** Requests the shortest page of a list, or a batch of a fixed size. */
async function requestPage(name: string, query: URLSearchParams, limit = "1"): Promise<Response> {
  const { method, bare, query: needed, token } = await sampleOf(name, workspace);
  for (const [field, value] of Object.entries(needed)) query.set(field, value);
  if ("limit" in (endpoints[name]!.query as z.ZodObject).shape) query.set("limit", limit);
  return sendRaw(method, `${bare}?${query}`, { token });
}

/** Inserts more direct messages into the directory than one batch has, never created in a room. */
async function fillDirectory(): Promise<void> {
  for (let n = 0; n < 25; n++)
    await writeDatabase(
      "INSERT INTO channel_directory (channel_id, created_at, direct) VALUES (?, 1, 1)",
      newId("chn"),
    );
}

/** Creates two threads that Ann follows, two pins, and on her message two replies, two reactions and two edits. */
async function createThreadsAndReactions({ ann, bob, channelId, messageId }: SampleWorkspace): Promise<void> {
  const at = `/v1/channels/${channelId}/messages`;
  for (const content of ["once", "twice"]) await ann.call("PATCH", `${at}/${messageId}`, { content });
  const { body: other } = await bob.call("POST", at, { content: "another" });
  for (const id of [messageId, other.id]) {
    for (const content of ["one", "two"]) await ann.call("POST", `${at}/${id}/thread`, { content });
    await bob.call("PUT", `${at}/${id}/pin`);
  }
  for (const { call } of [ann, bob])
    await call("PUT", `${at}/${messageId}/reactions/${encodeURIComponent("🎈")}`);
}

/** Creates two messages, channels, users and files that a search for the same word finds. */
async function createSearchable({ ann, bob, channelId }: SampleWorkspace): Promise<void> {
  for (const name of ["one.json", "two.json"]) {
    const { body } = await ann.call("POST", `/v1/files?name=${name}`, { a: 1 });
    await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "hello", fileIds: [body.id] });
  }
  for (const { userId } of [ann, bob])
    await writeDatabase("INSERT INTO user_words (word, user_id) VALUES ('ann', ?)", userId);
  const { body } = await ann.call("GET", "/v1/channels");
  for (const { id } of body.items) await waitForIndex(id);
}

describe.each(lists)("cursor of %s", (name) => {
  const follow = (cursor: string) => requestPage(name, new URLSearchParams({ cursor }));

  test("[ER2] is accepted unchanged", async () => {
    expect(cursors[name]).toEqual(expect.any(String));
    expect((await follow(cursors[name]!)).status).toBe(200);
  });

  test("[ER1] [ER2] a forged, cut or too long one is rejected or grants nothing", async () => {
    const good = cursors[name]!;
    const keys: unknown[] = [
      null,
      1,
      -1,
      1e308,
      "",
      "a",
      "\0",
      "\ud800",
      "\u{10ffff}",
      "'; --",
      [],
      [[]],
      [null],
      [1],
      [1, 2],
      ["a"],
      ["a", "b"],
      ["\0", "\ud800"],
      [1, "b"],
      [-1, "\0"],
      [1e308, "\u{10ffff}"],
      ["a", "b", "c"],
      {},
      { username: null },
      { username: "" },
      { username: "\0\ud800" },
      { username: ["a"] },
      { displayName: "a" },
      { displayName: "a", id: "b" },
      { displayName: "\0", id: "\ud800" },
      { __proto__: { username: "a" } },
      newId("chn"),
      newId("usr"),
    ];
    const forged = [
      ...keys.map(encodeCursor),
      good.slice(0, -1),
      good.slice(1),
      `${good}=`,
      `${good}A`,
      good.toUpperCase(),
      good.repeat(9),
      "x".repeat(512),
      "x".repeat(513),
      "[]",
      "=",
      "+/",
      "%",
      btoa('{"username":"a"}'),
      "e".repeat(400),
    ];
    for (const cursor of forged) {
      const response = await follow(cursor);
      const about = `${cursor.slice(0, 60)} ${response.status}`;
      expect([200, 400], about).toContain(response.status);
      if (response.status === 400)
        expect((await expectProblem(response, "validation_failed")).issues, about).toEqual([
          expect.objectContaining({ path: "cursor" }),
        ]);
      else await response.body?.cancel();
    }
  });

  test("[ER2] of another list is rejected, or shows only what the list would", async () => {
    const itemsOf = async (response: Response) =>
      ((await response.json()) as { items?: unknown[] }).items ?? [];
    const whole = await itemsOf(await requestPage(name, new URLSearchParams(), "100"));
    const known = new Set(whole.map((item) => JSON.stringify(item)));
    for (const other of lists.filter((list) => list !== name)) {
      const response = await follow(cursors[other]!);
      if (response.status === 400) await expectProblem(response, "validation_failed");
      else
        for (const item of await itemsOf(response)) expect(known.has(JSON.stringify(item)), other).toBe(true);
    }
  });
});
