import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { hubRows } from "../../support/worker/objects/hub-object.ts";

test("[CH2] [ER5] an unknown or suspended user leaves nothing in the others' hubs", async () => {
  const admin = await createUser("admin", { role: "admin" });
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  await admin.call("PATCH", `/v1/users/${cid.userId}`, { active: false });
  for (const [other, expected] of [
    [newId("usr"), 404],
    [newId("usr"), 404],
    [cid.userId, 409],
  ] as const) {
    const { status } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId, other] });
    expect(status).toBe(expected);
  }
  for (const { userId } of [ann, bob]) expect(await hubRows(userId, "holders")).toEqual([]);
});

test("[CH2] a message to a suspended user is a `conflict`, over both transports", async () => {
  const admin = await createUser("admin", { role: "admin" });
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const open = async (...others: TestUser[]): Promise<string> =>
    (await ann.call("POST", "/v1/dms", { userIds: others.map(({ userId }) => userId) })).body.id;
  const direct = await open(bob);
  const group = await open(bob, cid);
  const root = await ann.call("POST", `/v1/channels/${direct}/messages`, { content: "still here" });
  await admin.call("PATCH", `/v1/users/${bob.userId}`, { active: false });
  const rejection = { code: "conflict", detail: expect.stringContaining("suspended") };
  const path = `/v1/channels/${direct}/messages`;
  for (const at of [path, `${path}/${root.body.id}/thread`])
    expect(await ann.call("POST", at, { content: "hello?" })).toMatchObject({ status: 409, body: rejection });
  const socket = await ann.connect(direct);
  expect(await socket.sendCommand("messageCreate", { content: "hello?" })).toMatchObject({
    error: rejection,
  });
  expect((await ann.call("POST", `/v1/channels/${group}/messages`, { content: "hi" })).status).toBe(201);
  await admin.call("PATCH", `/v1/users/${cid.userId}`, { active: false });
  expect((await ann.call("POST", `/v1/channels/${group}/messages`, { content: "hi" })).status).toBe(409);
  await admin.call("PATCH", `/v1/users/${bob.userId}`, { active: true });
  expect((await ann.call("POST", path, { content: "back" })).status).toBe(201);
});

test("[CH2] a note to oneself is the direct message without others", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const first = await ann.call("POST", "/v1/dms", { userIds: [] });
  expect([first.status, first.body]).toMatchObject([201, { type: "direct", memberIds: [ann.userId] }]);
  const { id } = first.body;
  for (const userIds of [[], [ann.userId], [ann.userId, ann.userId]])
    expect(await ann.call("POST", "/v1/dms", { userIds })).toMatchObject({ status: 200, body: { id } });
  expect((await bob.call("POST", "/v1/dms", { userIds: [] })).body.id).not.toBe(id);
  await ann.call("POST", `/v1/channels/${id}/messages`, { content: `milk @${ann.username}` });
  expect((await ann.call("GET", "/v1/notifications")).body).toMatchObject({ items: [], unread: 0 });
  expect((await ann.call("GET", "/v1/users/me/unreads")).body.items).toMatchObject([
    { channelId: id, unread: 0 },
  ]);
  expect((await bob.call("GET", `/v1/channels/${id}/messages`)).status).toBe(404);
});
