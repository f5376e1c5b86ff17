import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { comparableResponse, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";

/** In a channel with the guest. */
let bob: TestUser;
/** In no channel with the guest. */
let eve: TestUser;
let gus: TestUser;
let owner: TestUser;
let admin: TestUser;
let channelId: string;

const avatarOf = async (user: TestUser): Promise<string> => {
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  const file = await sendRaw("POST", "/v1/files?name=a.png", {
    token: user.token,
    body: png as never,
    headers: { "Content-Type": "image/png" },
  });
  const { id } = (await file.json()) as { id: string };
  expect((await user.call("PATCH", "/v1/users/me", { avatarFileId: id })).status).toBe(200);
  return id;
};

beforeAll(async () => {
  owner = await createUser("owner", { role: "owner" });
  admin = await createUser("admin", { role: "admin" });
  bob = await createUser("bob");
  eve = await createUser("eve");
  gus = await createUser("gus", { role: "guest" });
  channelId = await createChannelFor(bob, [gus]);
  // Eve is in a channel that the guest is not in.
  const other = await createChannelFor(bob, [eve]);
  for (const id of [channelId, other]) await waitForProjections(id);
});

const bytesOf = async (path: string, secret: string): Promise<string> =>
  (await comparableResponse(await sendRaw("GET", path, { token: gus.token }))).replaceAll(secret, "…");

describe("[GU2] a guest sees only the members of their channels", () => {
  test("in the directory and in searches", async () => {
    for (let time = 0; time < 2; time++) {
      for (const path of [
        "/v1/users?limit=100",
        "/v1/users?query=b",
        "/v1/users?query=e",
        "/v1/search/users?q=e",
      ]) {
        const { body } = await gus.call("GET", path);
        const ids = body.items.map(({ id }: { id: string }) => id);
        expect(ids, path).not.toContain(eve.userId);
        expect(ids, path).not.toContain(admin.userId);
        if (path.endsWith("limit=100") || path.endsWith("query=b")) expect(ids, path).toContain(bob.userId);
      }
      const { body } = await gus.call("GET", "/v1/users?limit=100");
      expect(body.items.map(({ id }: { id: string }) => id).sort()).toEqual([bob.userId, gus.userId].sort());
      const ids = [eve.userId, bob.userId, newId("usr"), gus.userId];
      const listed = await gus.call("GET", `/v1/users?ids=${ids.join()}`);
      expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual([bob.userId, gus.userId]);
    }
  });

  test("by id and in presence, with the bytes of a made-up id for all others", async () => {
    for (const path of [
      "/v1/users/ID",
      "/v1/users/ID/presence",
      "/v1/presence?userIds=ID",
      "/v1/users?ids=ID",
    ]) {
      const madeUp = newId("usr");
      const hidden = await bytesOf(path.replace("ID", eve.userId), eve.userId);
      expect(hidden, path).toBe(await bytesOf(path.replace("ID", madeUp), madeUp));
      expect(await bytesOf(path.replace("ID", bob.userId), "-"), path).toContain(bob.userId);
    }
  });

  test("in the names of a query", async () => {
    await waitForIndex(channelId);
    const search = (name: string) =>
      gus.call("GET", `/v1/search/messages?q=${encodeURIComponent(`hi from:${name}`)}`);
    expect((await search(`@${bob.username}`)).status).toBe(200);
    const hidden = await search(`@${eve.username}`);
    expect(hidden.status).toBe(400);
    expect(hidden.body.detail).toBe((await search("@no-such-person")).body.detail);
    expect((await search(eve.userId)).status).toBe(400);
  });

  test("in avatars", async () => {
    const [seen, hidden] = [await avatarOf(bob), await avatarOf(eve)];
    for (const part of ["", "/content"]) {
      expect((await sendRaw("GET", `/v1/files/${seen}${part}`, { token: gus.token })).status).toBe(200);
      const madeUp = newId("fil");
      expect(await bytesOf(`/v1/files/${hidden}${part}`, hidden)).toBe(
        await bytesOf(`/v1/files/${madeUp}${part}`, madeUp),
      );
    }
  });
});

test("[GU3] a guest opens direct messages with users that they see", async () => {
  const open = (who: TestUser, ...others: TestUser[]) =>
    who.call("POST", "/v1/dms", { userIds: others.map(({ userId }) => userId) });
  const rejected = await open(gus, eve);
  expect(rejected.status).toBe(404);
  const madeUp = await gus.call("POST", "/v1/dms", { userIds: [newId("usr")] });
  expect({ ...rejected.body, requestId: "" }).toEqual({ ...madeUp.body, requestId: "" });
  expect((await open(gus, bob, eve)).status).toBe(404);
  expect((await open(gus, bob)).status).toBe(201);
  const { body: channel, status } = await open(eve, gus);
  expect(status).toBe(201);
  expect((await gus.call("POST", `/v1/channels/${channel.id}/messages`, { content: "hi" })).status).toBe(201);
  await waitForProjections(channel.id);
  expect((await gus.call("GET", `/v1/users/${eve.userId}`)).status).toBe(200);
  expect((await open(gus, eve)).status).toBe(200);
  expect((await open(gus, bob, eve)).status).toBe(201);
});

test("[GU5] owner and admins make users guests; a guest cannot become the owner", async () => {
  const ann = await createUser("ann");
  const setRole = async (by: TestUser, user: TestUser, role: string) =>
    (await by.call("PATCH", `/v1/users/${user.userId}`, { role })).status;
  expect(await setRole(bob, ann, "guest")).toBe(403);
  expect(await setRole(gus, ann, "guest")).toBe(403);
  expect(await setRole(gus, gus, "member")).toBe(403);
  expect(await setRole(admin, ann, "guest")).toBe(200);
  expect(await setRole(admin, owner, "guest")).toBe(403);
  expect(await setRole(admin, admin, "guest")).toBe(409);
  expect(await setRole(owner, ann, "owner")).toBe(409);
  expect(await setRole(owner, ann, "member")).toBe(200);
  expect((await ann.call("GET", "/v1/users/me")).body.role).toBe("member");
});
