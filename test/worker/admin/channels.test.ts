import { beforeAll, expect, test } from "vitest";
import {
  addMember,
  archiveChannel,
  createChannel,
  deleteMessage,
  getAdminChannels,
  joinChannel,
  type ListedChannel,
  openDirectMessage,
} from "../../../src/protocol/index.ts";
import {
  expectForAdminsOnly,
  expectHostileQueriesRejected,
  readPages,
} from "../../support/worker/assertions/admin-list.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";
import { waitForProjection } from "../../support/worker/objects/projection.ts";

const names = {
  alpha: { isPrivate: false, archived: false, own: false },
  "alpha archived": { isPrivate: false, archived: true, own: false },
  "Alpha own": { isPrivate: true, archived: false, own: true },
  "alpha hidden": { isPrivate: true, archived: false, own: false },
  "alpha hidden archived": { isPrivate: true, archived: true, own: false },
  "alpha own archived": { isPrivate: true, archived: true, own: true },
  beta: { isPrivate: false, archived: false, own: false },
};
type Name = keyof typeof names;

let ann: TestUser;
let bob: TestUser;
let admin: TestUser;
const ids = new Map<Name, string>();

beforeAll(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  admin = await createUser("boss", { role: "admin" });
  for (const [name, { isPrivate, archived, own }] of Object.entries(names)) {
    const body = { name, isPrivate, topic: `about ${name}` };
    const { id } = await expectOk(createChannel, { as: ann, body });
    const params = { channelId: id };
    ids.set(name as Name, id);
    if (own) await expectOk(addMember, { as: ann, params, body: { userId: admin.userId } });
    if (archived) await expectOk(archiveChannel, { as: ann, params });
  }
  const direct = await expectOk(openDirectMessage, { as: ann, body: { userIds: [bob.userId] } });
  await Promise.all([...ids.values(), direct.id].map((id) => waitForProjection(id)));
});

const list = (query: Record<string, string> = {}, limit = 100) =>
  readPages<ListedChannel>(getAdminChannels, admin, limit, query);
const namesOf = (items: ListedChannel[]): (string | null)[] => items.map(({ name }) => name);
const idsOf = (...of: Name[]): string[] => of.map((name) => ids.get(name)!);

test("[AD2] all public and private channels are listed, newest first, in pages", async () => {
  const all = await list();
  expect(all.map(({ id }) => id)).toEqual([...ids.values()].toReversed());
  for (const limit of [1, 2, 6, 7]) expect(await list({}, limit)).toEqual(all);
});

test("[AD2] each scope has its channels", async () => {
  const inScope = async (scope: string) => (await list({ scope }, 1)).map(({ id }) => id);
  expect(await inScope("public")).toEqual(idsOf("beta", "alpha"));
  expect(await inScope("private")).toEqual(idsOf("alpha hidden", "Alpha own"));
  expect(await inScope("archived")).toEqual(
    idsOf("alpha own archived", "alpha hidden archived", "alpha archived"),
  );
});

test("[AD2] a private channel that the admin is not in has only id, type and times", async () => {
  const hidden = (await list({ scope: "archived" })).find(({ name }) => name === null)!;
  const at = expect.stringMatching(/^2\d{3}-.*Z$/);
  expect(hidden).toEqual({
    id: ids.get("alpha hidden archived"),
    type: "private",
    name: null,
    topic: null,
    createdAt: at,
    archivedAt: at,
    memberCount: null,
    lastMessageAt: null,
  });
  expect(JSON.stringify(await list())).not.toContain("hidden");
});

test("[AD2] a query finds readable channels by the beginning of the name, sorted", async () => {
  const sorted = ["alpha", "alpha archived", "Alpha own", "alpha own archived"];
  expect(namesOf(await list({ query: "ALPHA" }))).toEqual(sorted);
  for (const limit of [1, 2, 3, 4]) expect(namesOf(await list({ query: "alpha" }, limit))).toEqual(sorted);
  expect(namesOf(await list({ query: "alpha", scope: "public" }))).toEqual(["alpha"]);
  expect(namesOf(await list({ query: "alpha", scope: "private" }))).toEqual(["Alpha own"]);
  expect(namesOf(await list({ query: "alpha", scope: "archived" }))).toEqual([
    "alpha archived",
    "alpha own archived",
  ]);
  expect(await list({ query: "alpha hidden" })).toEqual([]);
  expect(await list({ query: "%" })).toEqual([]);
  expect(await list({ query: "_lpha" })).toEqual([]);
});

test("[AD2] members and the last message of a readable channel are returned", async () => {
  const channelId = ids.get("beta")!;
  const entry = async () => (await list({ query: "beta" }))[0]!;
  expect(await entry()).toMatchObject({ memberCount: 1, lastMessageAt: null, topic: "about beta" });
  await expectOk(joinChannel, { as: bob, params: { channelId } });
  const { body } = await bob.call("POST", `/v1/channels/${channelId}/messages`, { content: "hi" });
  await waitForProjection(channelId);
  expect(await entry()).toMatchObject({ memberCount: 2, lastMessageAt: body.createdAt });
  await expectOk(deleteMessage, { as: bob, params: { channelId, messageId: body.id } });
  await waitForProjection(channelId);
  expect(await entry()).toMatchObject({ lastMessageAt: body.createdAt });
});

test("[AD2] members are counted up to 1,000", async () => {
  await writeDatabase(
    `INSERT INTO channel_members (channel_id, user_id, role, joined_at)
     WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
     SELECT ?, 'usr_' || n, 'member', 1 FROM n`,
    ids.get("alpha")!,
  );
  try {
    expect((await list({ query: "alpha", scope: "public" }))[0]!.memberCount).toBe(1_000);
  } finally {
    await writeDatabase("DELETE FROM channel_members WHERE joined_at = 1");
  }
});

test("[AD2] only the owner and admins read the list, with the scope `admin`", () =>
  expectForAdminsOnly(getAdminChannels, admin));

test("[AD2] invalid queries are rejected", async () => {
  await expectHostileQueriesRejected(getAdminChannels, admin, [
    { scope: "joined" },
    { scope: "" },
    { query: "" },
    { query: " " },
    { query: "a".repeat(81) },
    { query: "\0" },
  ]);
  const { body } = await callEndpoint(getAdminChannels, { as: admin, query: { limit: 1 } });
  const query = { query: "a", cursor: body.nextCursor };
  expect((await callEndpoint(getAdminChannels, { as: admin, query })).status).toBe(400);
  for (const text of ["') OR 1=1 --", "\u{10ffff}", "é\u0301", "*"])
    expect((await callEndpoint(getAdminChannels, { as: admin, query: { query: text } })).status).toBe(200);
  expect(await databaseRows("SELECT id FROM channels")).toHaveLength(ids.size + 1);
});
