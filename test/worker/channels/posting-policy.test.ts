import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";
import { evictRoom, inRoom } from "../../support/worker/objects/room-object.ts";

test("[GU8] in an announcement channel moderators and admins post, others react", async () => {
  const [ann, mod, bob] = (await createUsers("ann", "mod", "bob")) as [TestUser, TestUser, TestUser];
  const admin = await createUser("admin", { role: "admin" });
  const channelId = await createChannelFor(ann, [bob, mod, admin]);
  const at = `/v1/channels/${channelId}`;
  await ann.call("PATCH", `${at}/members/${mod.userId}`, { role: "moderator" });
  const { body: own } = await bob.call("POST", `${at}/messages`, { content: "before" });
  const socket = await bob.connect(channelId);
  expect((await bob.call("PATCH", at, { postingPolicy: "moderators" })).status).toBe(403);
  expect((await mod.call("PATCH", at, { postingPolicy: "moderators" })).body.postingPolicy).toBe(
    "moderators",
  );
  expect(await socket.waitFor(({ type }) => type === "channelUpdate")).toMatchObject({
    data: { channel: { postingPolicy: "moderators" } },
  });
  for (const who of [ann, mod, admin])
    expect((await who.call("POST", `${at}/messages`, { content: "news" })).status).toBe(201);
  const rejected = [
    await bob.call("POST", `${at}/messages`, { content: "x" }),
    await bob.call("POST", `${at}/messages/${own.id}/thread`, { content: "x" }),
    await bob.call("PATCH", `${at}/messages/${own.id}`, { content: "x" }),
  ];
  for (const { status, body } of rejected) {
    expect(status).toBe(403);
    expect(body.detail).toBe("Only moderators can post in this channel");
  }
  expect(await socket.sendCommand("typing" as never, {})).toMatchObject({ error: { code: "forbidden" } });
  expect((await bob.call("PUT", `${at}/messages/${own.id}/reactions/👍`)).status).toBe(200);
  expect((await bob.call("DELETE", `${at}/messages/${own.id}`)).status).toBe(204);
  await waitForProjections(channelId);
  const row = await env.DB.prepare("SELECT posting_policy AS policy FROM channels WHERE id = ?")
    .bind(channelId)
    .first();
  expect(row).toEqual({ policy: "moderators" });
  expect((await bob.call("GET", "/v1/channels")).body.items[0].postingPolicy).toBe("moderators");
  await expectDatabaseMatchesLog(channelId);
  await ann.call("PATCH", at, { postingPolicy: "everyone" });
  expect((await bob.call("POST", `${at}/messages`, { content: "x" })).status).toBe(201);
  socket.close();
});

test("[GU8] a channel is created with a policy; one from before it has everyone", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const { body } = await ann.call("POST", "/v1/channels", {
    name: `news ${Date.now()}`,
    postingPolicy: "moderators",
  });
  expect(body.postingPolicy).toBe("moderators");
  const at = `/v1/channels/${body.id}`;
  await bob.call("POST", `${at}/join`);
  expect((await bob.call("POST", `${at}/messages`, { content: "x" })).status).toBe(403);
  await inRoom(body.id, (_, { storage: { sql } }) =>
    sql.exec("UPDATE channel SET channel = json_remove(channel, '$.postingPolicy')"),
  );
  await evictRoom(body.id);
  expect((await bob.call("GET", at)).body.postingPolicy).toBe("everyone");
  expect((await bob.call("POST", `${at}/messages`, { content: "x" })).status).toBe(201);
  const { body: direct } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId] });
  expect(direct.postingPolicy).toBe("everyone");
});
