import { beforeAll, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { comparableResponse, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { channelRows, databaseRows } from "../../support/worker/objects/database.ts";
import { hubTables } from "../../support/worker/objects/hub-object.ts";
import { inRoom } from "../../support/worker/objects/room-object.ts";

/** The workspace's owner, an admin, a member, and a user who was in the channel. All are outsiders now. */
let outsiders: Record<string, TestUser>;
let insider: TestUser;
let privateId: string;
let messageId: string;

beforeAll(async () => {
  const [ann, left, eve] = (await createUsers("ann", "left", "eve")) as [TestUser, TestUser, TestUser];
  outsiders = {
    member: eve,
    left,
    admin: await createUser("admin", { role: "admin" }),
    owner: await createUser("owner", { role: "owner" }),
  };
  insider = ann;
  privateId = await createChannelFor(ann, [left], { isPrivate: true });
  messageId = (
    await left.call("POST", `/v1/channels/${privateId}/messages`, { content: "mine once", nonce: "mine" })
  ).body.id;
  await left.call("POST", `/v1/channels/${privateId}/leave`);
});

type RequestTuple = [method: string, path: string, body?: string];

/** All requests below a channel, well formed and malformed. `message` and `user`: ids within it. */
const requestsBelow = (message: string, user: string): RequestTuple[] => {
  const json = (body: object) => JSON.stringify(body);
  return [
    ["GET", ""],
    ["GET", "/messages"],
    ["GET", "/messages?before=10&limit=1"],
    ["GET", "/messages?limit=0"],
    ["GET", "/members"],
    ["GET", "/members?cursor=nonsense"],
    ["GET", "/events"],
    ["GET", "/events?after=99999&limit=1"],
    ["GET", `/messages/${message}`],
    ["GET", `/messages/${message}/history`],
    ["PATCH", "", json({ topic: "x" })],
    ["PATCH", "", json({ name: `taken by nobody ${user}` })],
    ["PATCH", "", json({ isPrivate: true })],
    ["PATCH", "", json({})],
    ["PATCH", "", json({ archived: false })],
    ["DELETE", ""],
    ["POST", "/unarchive"],
    ["PATCH", "", json({ colour: "red" })],
    ["POST", "/join"],
    ["POST", "/leave"],
    ["POST", "/members", json({ userId: user })],
    ["POST", "/members", json({ userId: user, role: "owner" })],
    ["POST", "/members", json({ userId: newId("usr") })],
    ["PATCH", `/members/${user}`, json({ role: "member" })],
    ["DELETE", `/members/${user}`],
    ["POST", "/messages", json({ content: "x" })],
    ["POST", "/messages", json({ content: "mine once", nonce: "mine" })],
    ["POST", "/messages", json({ content: "other", nonce: "mine" })],
    ["POST", "/messages", json({ content: "" })],
    ["POST", "/messages", "{"],
    ["PATCH", `/messages/${message}`, json({ content: "x" })],
    ["PATCH", `/messages/${message}`, json({ content: "x", expectedVersion: 1 })],
    ["DELETE", `/messages/${message}`],
    ["GET", "/pins"],
    ["PUT", "/read", json({ seq: 1 })],
    ["PUT", "/read", json({ seq: 99_999 })],
    ["PUT", "/notifications", json({ level: "all" })],
    ...["thread", "reactions"].map((list): RequestTuple => ["GET", `/messages/${message}/${list}`]),
    ["POST", `/messages/${message}/thread`, json({ content: "x" })],
    ["POST", `/messages/${message}/thread`, json({ content: "" })],
    ...["thread/follow", "reactions/👍", "pin"].flatMap((one): RequestTuple[] => [
      ["PUT", `/messages/${message}/${one}`],
      ["DELETE", `/messages/${message}/${one}`],
    ]),
    ["PUT", "/messages"],
    ["GET", "/nothing"],
  ];
};

/** Returns a response's bytes, without the ids of this request. */
async function bytes(
  outsider: TestUser,
  channelId: string,
  [method, path, body]: RequestTuple,
): Promise<string> {
  return comparableResponse(
    await sendRaw(method, `/v1/channels/${channelId}${path}`, { token: outsider.token, body }),
  );
}

test("[RD2] for outsiders a private channel is identical to a made-up id", async () => {
  for (const [who, outsider] of Object.entries(outsiders)) {
    const madeUp = newId("chn");
    const real = requestsBelow(messageId, insider.userId);
    for (const [index, request] of real.entries()) {
      const got = await bytes(outsider, privateId, request);
      // Ids within the channel, and ids that are in no channel.
      expect(got, `${who} ${request}`).toBe(await bytes(outsider, madeUp, request));
      expect(got, `${who} ${request}`).toBe(
        await bytes(outsider, madeUp, requestsBelow(newId("msg"), insider.userId)[index]!),
      );
      expect(got).toMatch(/^4\d\d\n/);
      expect(got).not.toContain(privateId);
    }
    for (const query of ["", "?since=1", "?since=99999&epoch=abcdefgh", "?since=x"]) {
      const rejection = async (channelId: string) =>
        comparableResponse(
          await requestUpgrade(`/v1/channels/${channelId}/realtime${query}`, outsider.token),
        );
      const got = await rejection(privateId);
      expect(got).toBe(await rejection(madeUp));
      expect(got).toMatch(query === "?since=x" ? /^400\n/ : /^404\n/);
    }
  }
});

test("[RD2] none of these requests changed the channel or shows it in a list", async () => {
  const { text } = await insider.call("GET", `/v1/channels/${privateId}/events?limit=100`);
  expect(JSON.parse(text).seq).toBe(5);
  for (const outsider of Object.values(outsiders)) {
    for (const scope of ["public", "joined"])
      expect((await outsider.call("GET", `/v1/channels?scope=${scope}&limit=100`)).text).not.toContain(
        privateId,
      );
  }
  expect(await databaseRows("SELECT 1 FROM channel_names WHERE name_key LIKE 'taken by nobody%'")).toEqual(
    [],
  );
});

test("[RD2] a message is not found through another channel", async () => {
  const other = await createChannelFor(insider);
  const elsewhere = `/v1/channels/${other}/messages/${messageId}`;
  for (const [method, path, body] of [
    ["GET", elsewhere],
    ["GET", `${elsewhere}/history`],
    ["PATCH", elsewhere, { content: "x" }],
    ["DELETE", elsewhere],
  ] as const) {
    const answer = await insider.call(method, path, body);
    expect([method, path, answer.status]).toEqual([method, path, 404]);
    expect(answer.text).not.toContain("mine once");
  }
});

test("[LG9] requests for a made-up id create nothing in its object, a hub or D1", async () => {
  const admin = outsiders["admin"]!;
  const madeUp = newId("chn");
  const unknownUserId = newId("usr");
  const tables = [
    "channels",
    "channel_members",
    "messages",
    "message_versions",
    "channel_names",
    "channel_directory",
    "dead_letters",
    "users",
  ];
  const counts = () =>
    Promise.all(
      tables.map(
        async (table) => (await databaseRows<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]!.n,
      ),
    );
  const before = await counts();
  for (const outsider of Object.values(outsiders)) {
    for (const request of [
      ...requestsBelow(newId("msg"), unknownUserId),
      ...requestsBelow(messageId, insider.userId),
    ])
      await bytes(outsider, madeUp, request);
    await requestUpgrade(`/v1/channels/${madeUp}/realtime`, outsider.token);
  }
  for (const [method, path] of [
    ["POST", "reproject"],
    ["POST", "reindex"],
    ["GET", "projection"],
  ])
    expect((await admin.call(method!, `/v1/admin/channels/${madeUp}/${path}`)).status).toBe(404);
  const channelId = await createChannelFor(insider);
  expect(
    (await insider.call("POST", `/v1/channels/${channelId}/members`, { userId: unknownUserId })).status,
  ).toBe(404);
  expect((await insider.call("GET", `/v1/users/${unknownUserId}`)).status).toBe(404);
  const made = await inRoom(madeUp, async (_, { storage }) => ({
    tables: storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'")
      .toArray(),
    alarm: await storage.getAlarm(),
    keys: [...(await storage.list()).keys()],
  }));
  expect(made).toEqual({ tables: [], alarm: null, keys: [] });
  expect(await hubTables(unknownUserId)).toEqual([]);
  // Only what the new channel added.
  const after = await counts();
  const own = await channelRows(channelId);
  expect(
    [own["channels"], own["members"], own["names"], own["directory"]].map((rows) => rows!.length),
  ).toEqual([1, 1, 1, 1]);
  expect(after.map((n, index) => n - before[index]!)).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
});
