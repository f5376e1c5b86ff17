import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import {
  createMessage,
  eraseUser,
  getChannelMessages,
  getJob,
  getUser,
  getUsers,
  login,
  updateUser,
} from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, testPassword, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";
import { createStoredFile } from "../../support/worker/fixtures/stored-files.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { hubTables, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";
import { roomTables } from "../../support/worker/objects/room-object.ts";
import { indexRows } from "../../support/worker/objects/search-index.ts";

afterEach(() => void vi.useRealTimers());

async function newScene() {
  const [ann, eve] = await Promise.all([createUser("ann"), createUser("evelyne")]);
  const channelId = await createChannelFor(ann, [eve]);
  const { body: dm } = await ann.call("POST", "/v1/dms", { userIds: [eve.userId] });
  return { ann, eve, channelId, dmId: dm.id as string };
}

const post = (as: TestUser, channelId: string, content: string, more: object = {}) =>
  expectOk(createMessage, { as, params: { channelId }, body: { content, ...more } });

const erase = (as: TestUser, userId: string, messages: "keep" | "delete") =>
  expectOk(eraseUser, { as, params: { userId }, body: { messages } });

test("[EZ1] deleting erasure removes texts, names, files and sessions everywhere", async () => {
  const { ann, eve, channelId, dmId } = await newScene();
  const file = await createStoredFile(eve, { name: "secretplan.txt" });
  const unused = await createStoredFile(eve, { name: "secretdraft.txt" });
  await post(eve, channelId, "secrettext one", { fileIds: [file.id] });
  const edited = await post(eve, channelId, "secrettext two");
  await eve.call("PATCH", `/v1/channels/${channelId}/messages/${edited.id}`, {
    content: "secrettext edited",
  });
  const root = await post(ann, channelId, "a root");
  await eve.call("POST", `/v1/channels/${channelId}/messages/${root.id}/thread`, {
    content: "secrettext reply",
  });
  await post(eve, dmId, "secrettext direct");
  const { job } = await erase(eve, eve.userId, "delete");
  expect(await finishJob(job)).toBe("done");

  const places = {
    room: JSON.stringify(await roomTables(channelId)),
    direct: JSON.stringify(await roomTables(dmId)),
    messages: JSON.stringify(await databaseRows("SELECT * FROM messages")),
    versions: JSON.stringify(await databaseRows("SELECT * FROM message_versions")),
    users: JSON.stringify(await databaseRows("SELECT * FROM users")),
    words: JSON.stringify(await databaseRows("SELECT * FROM user_words")),
    files: JSON.stringify(await databaseRows("SELECT * FROM files")),
    index: JSON.stringify(await indexRows("SELECT * FROM search_text")),
  };
  for (const [place, text] of Object.entries(places)) {
    expect(text, place).not.toContain("secrettext");
    expect(text, place).not.toContain("secretplan");
    expect(text, place).not.toContain(unused.name);
    expect(text, place).not.toContain(eve.username);
  }
  expect(await hubTables(eve.userId)).toEqual(["erased"]);
  expect((await env.FILES.list()).objects).toEqual([]);
  expect((await eve.call("GET", "/v1/users/me")).status).toBe(401);
  expect(await expectOk(getUser, { as: ann, params: { userId: eve.userId } })).toMatchObject({
    displayName: "Deleted user",
    active: false,
  });
});

test("[EZ13] an erased account is marked for all users; a suspended one is not", async () => {
  const { ann, eve } = await newScene();
  const admin = await createUser("admin", { role: "admin" });
  const erasedAt = expect.stringMatching(/^2\d{3}-.*Z$/);
  const { job } = await erase(admin, eve.userId, "keep");
  await finishJob(job);
  const params = { userId: eve.userId };
  expect(await expectOk(getUser, { as: ann, params })).toMatchObject({ active: false, erasedAt });
  const { items } = await expectOk(getUsers, { as: ann, query: { ids: eve.userId } });
  expect(items).toMatchObject([{ erasedAt }]);
  const found = await expectOk(getUsers, { as: ann, query: { query: "Deleted" } });
  expect(found.items).toContainEqual(expect.objectContaining({ id: eve.userId, erasedAt }));
  expect(await expectOk(getUser, { as: admin, params: { userId: ann.userId } })).not.toHaveProperty(
    "erasedAt",
  );
  const bob = await createUser("bob");
  const body = { active: false };
  const suspended = await expectOk(updateUser, { as: admin, params: { userId: bob.userId }, body });
  expect(suspended).not.toHaveProperty("erasedAt");
});

test("[EZ2] keeping erasure leaves messages and their files under a deleted user", async () => {
  const { ann, eve, channelId } = await newScene();
  const file = await createStoredFile(eve, { name: "kept.txt" });
  await createStoredFile(eve, { name: "unused.txt" });
  await post(eve, channelId, "kept text", { fileIds: [file.id] });
  await runHubAlarmAfter(eve.userId, 10_001);
  const { job } = await erase(eve, eve.userId, "keep");
  expect(await finishJob(job)).toBe("done");
  const { items } = await expectOk(getChannelMessages, { as: ann, params: { channelId } });
  expect(items.at(-1)).toMatchObject({ content: "kept text", authorId: eve.userId });
  expect((await ann.call("GET", `/v1/files/${file.id}`)).status).toBe(200);
  expect((await databaseRows("SELECT name FROM files")).map(({ name }) => name)).toEqual(["kept.txt"]);
  expect(JSON.stringify(await roomTables(channelId))).not.toContain(eve.username);
});

test("[EZ3] an erased account cannot log in, be reactivated or get a session", async () => {
  const { ann, eve } = await newScene();
  const admin = await createUser("admin", { role: "admin" });
  const { job } = await erase(admin, eve.userId, "delete");
  await finishJob(job);
  expect((await expectRejected(login, { body: { login: eve.username, password: testPassword } })).code).toBe(
    "unauthenticated",
  );
  expect(
    (await expectRejected(updateUser, { as: admin, params: { userId: eve.userId }, body: { active: true } }))
      .code,
  ).toBe("not_found");
  expect((await expectOk(getJob, { as: admin, params: { jobId: job.id } })).job).toMatchObject({
    state: "done",
  });
  expect((await callEndpoint(getJob, { as: ann, params: { jobId: job.id } })).status).toBe(404);
  const again = await erase(admin, eve.userId, "delete");
  expect(await finishJob(again.job)).toBe("done");
});

test("[EZ4] others and the owner cannot be erased", async () => {
  const { ann, eve } = await newScene();
  const owner = await createUser("owner", { role: "owner" });
  expect(
    (await expectRejected(eraseUser, { as: ann, params: { userId: eve.userId }, body: { messages: "keep" } }))
      .code,
  ).toBe("forbidden");
  for (const as of [owner, await createUser("admin", { role: "admin" })])
    expect(
      (await expectRejected(eraseUser, { as, params: { userId: owner.userId }, body: { messages: "keep" } }))
        .code,
    ).toBe("conflict");
});

test("[EZ11] what is written during the erasure is erased or rejected", async () => {
  const { eve, channelId, dmId } = await newScene();
  const socket = await eve.connect(channelId);
  let isOver = false;
  const writing = (async () => {
    for (let nr = 0; !isOver; nr++) {
      const statuses = await Promise.all(
        [channelId, dmId].map(
          async (id) =>
            (await eve.call("POST", `/v1/channels/${id}/messages`, { content: `racetext ${nr}` })).status,
        ),
      );
      if (statuses.every((status) => status === 401)) return;
    }
  })();
  await eventually(
    async () => (await databaseRows("SELECT 1 FROM messages WHERE content LIKE 'racetext%'")).length > 3,
  );
  const { job } = await erase(eve, eve.userId, "delete");
  expect(await finishJob(job)).toBe("done");
  isOver = true;
  await writing;
  expect((await socket.closed).code).toBe(4401);
  for (const id of [channelId, dmId]) expect(JSON.stringify(await roomTables(id))).not.toContain("racetext");
  expect(await databaseRows("SELECT 1 FROM messages WHERE content LIKE 'racetext%'")).toEqual([]);
});
