import { expect, test } from "vitest";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { roomLog } from "../../support/worker/objects/room-object.ts";

const membersOf = async (who: TestUser, at: string): Promise<{ userId: string; role: string }[]> =>
  (await who.call("GET", `${at}/members`)).body.items;
const ownersOf = async (who: TestUser, at: string): Promise<string[]> =>
  (await membersOf(who, at)).filter(({ role }) => role === "owner").map(({ userId }) => userId);

test("[CH3] [RM1] the last owner can neither leave nor be demoted until another exists", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const at = `/v1/channels/${channelId}`;
  const socket = await ann.connect(channelId);
  const self = `${at}/members/${ann.userId}`;
  const before = await roomLog(channelId);
  for (const [method, path, body, type, data] of [
    ["POST", `${at}/leave`, undefined, "memberLeave", {}],
    ["DELETE", self, undefined, "memberLeave", { userId: ann.userId }],
    ["PATCH", self, { role: "moderator" }, "memberUpdate", { userId: ann.userId, role: "moderator" }],
    ["PATCH", self, { role: "member" }, "memberUpdate", { userId: ann.userId, role: "member" }],
  ] as const) {
    expect([path, (await ann.call(method, path, body)).body.code]).toEqual([path, "conflict"]);
    expect(await socket.sendCommand(type, data)).toMatchObject({ error: { code: "conflict" } });
  }
  expect(await roomLog(channelId)).toEqual(before);
  await ann.call("PATCH", `${at}/members/${bob.userId}`, { role: "owner" });
  expect((await ann.call("PATCH", self, { role: "member" })).status).toBe(200);
  expect((await bob.call("POST", `${at}/leave`)).body.code).toBe("conflict");
  expect((await ann.call("POST", `${at}/leave`)).status).toBe(204);
  expect(await ownersOf(bob, at)).toEqual([bob.userId]);
});

test("[CH3] concurrent leaves and demotions of two owners keep one owner", async () => {
  for (const how of ["leave", "step down", "depose", "remove"] as const) {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const channelId = await createChannelFor(ann, [bob]);
    const at = `/v1/channels/${channelId}`;
    await ann.call("PATCH", `${at}/members/${bob.userId}`, { role: "owner" });
    const act = (who: TestUser, other: TestUser) => {
      if (how === "leave") return who.call("POST", `${at}/leave`);
      if (how === "step down") return who.call("PATCH", `${at}/members/${who.userId}`, { role: "member" });
      if (how === "depose") return who.call("PATCH", `${at}/members/${other.userId}`, { role: "member" });
      return who.call("DELETE", `${at}/members/${other.userId}`);
    };
    const answers = await Promise.all([act(ann, bob), act(bob, ann)]);
    expect([how, answers.filter(({ status }) => status < 300).length]).toEqual([how, 1]);
    expect([how, await ownersOf(ann, at)]).toMatchObject([how, { length: 1 }]);
    await expectDatabaseMatchesLog(channelId);
  }
});
