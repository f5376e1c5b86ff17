import { expect, test } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { roomRows } from "../../support/worker/objects/room-object.ts";

/** A private channel of two owners and a member; the second owner is suspended. */
async function withSuspendedOwner() {
  const admin = await createUser("admin", { role: "admin" });
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [cid], { isPrivate: true });
  const members = `/v1/channels/${channelId}/members`;
  await ann.call("POST", members, { userId: bob.userId, role: "owner" });
  await admin.call("PATCH", `/v1/users/${bob.userId}`, { active: false });
  await eventually(
    async () =>
      (await roomRows(channelId, "SELECT 1 FROM members WHERE user_id = ? AND active = 0", bob.userId))
        .length > 0,
    "the room's word of the suspension",
  );
  return { ann, bob, cid, channelId, members };
}

test("[CH3] a suspended owner does not count as an owner who may stay behind", async () => {
  const { ann, cid, channelId, members } = await withSuspendedOwner();
  expect((await ann.call("POST", `/v1/channels/${channelId}/leave`)).status).toBe(409);
  expect((await ann.call("PATCH", `${members}/${ann.userId}`, { role: "member" })).status).toBe(409);
  expect((await ann.call("PATCH", `${members}/${cid.userId}`, { role: "owner" })).status).toBe(200);
  expect((await ann.call("POST", `/v1/channels/${channelId}/leave`)).status).toBe(204);
});

test("[CH3] a suspended owner can be removed while another owner stays", async () => {
  const { ann, bob, members } = await withSuspendedOwner();
  expect((await ann.call("DELETE", `${members}/${bob.userId}`)).status).toBe(204);
});
