import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { eraseUser } from "../../../src/features/users/index.ts";
import { noId } from "../../../src/lib/ids.ts";
import {
  addGroupMember,
  createGroup,
  deleteGroup,
  getAuditEntries,
  getGroup,
  getGroups,
  limits,
  register,
  removeGroupMember,
  updateGroup,
} from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { userEventsOf } from "../../support/worker/clients/received-events.ts";
import {
  createUser,
  createUsers,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";
import { setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";
import { fillGroup, groupOf } from "../../support/worker/fixtures/workspace-samples.ts";

let ann: TestUser;
let bob: TestUser;
let admin: TestUser;
let guest: TestUser;

beforeAll(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  admin = await createUser("admin", { role: "admin" });
  guest = await createUser("guest", { role: "guest" });
});

const codeOf = async (...request: Parameters<typeof expectRejected>) =>
  (await expectRejected(...request)).code;

test("[UG1] an admin creates, changes and deletes a group; members see it", async () => {
  const body = { handle: "@Backend", name: "Backend", description: "d", userIds: [ann.userId] };
  const group = await expectOk(createGroup, { as: admin, body });
  expect(group).toMatchObject({ handle: "backend", memberCount: 1, userIds: [ann.userId] });
  const params = { groupId: group.id };
  const { userIds: _, ...listed } = group;
  expect((await expectOk(getGroups, { as: bob })).items).toContainEqual(listed);
  const change = { name: "Backends", userIds: [bob.userId, ann.userId].toSorted() };
  const changed = await expectOk(updateGroup, { as: admin, params, body: change });
  expect(changed).toMatchObject({ handle: "backend", description: "d", memberCount: 2, ...change });
  expect(await expectOk(getGroup, { as: bob, params })).toEqual(changed);
  await expectOk(deleteGroup, { as: admin, params });
  expect(await codeOf(getGroup, { as: bob, params })).toBe("not_found");
  expect(await codeOf(deleteGroup, { as: admin, params })).toBe("not_found");
  const entries = await expectOk(getAuditEntries, { as: admin });
  const actions = entries.items.filter(({ objectId }) => objectId === group.id).map(({ action }) => action);
  expect(actions).toEqual(["group.create", "group.update", "group.delete"]);
});

test("[UG1] members are added and removed one by one, at most 500", async () => {
  const group = await groupOf(admin);
  const params = { groupId: group.id, userId: ann.userId };
  for (const _ of [1, 2]) await expectOk(addGroupMember, { as: admin, params });
  expect((await expectOk(getGroup, { as: ann, params })).userIds).toEqual([ann.userId]);
  for (const _ of [1, 2]) await expectOk(removeGroupMember, { as: admin, params });
  expect((await expectOk(getGroup, { as: ann, params })).userIds).toEqual([]);
  const unknown = { groupId: group.id, userId: noId("usr") };
  expect(await codeOf(addGroupMember, { as: admin, params: unknown })).toBe("not_found");
  expect(await codeOf(addGroupMember, { as: admin, params: { ...params, groupId: noId("grp") } })).toBe(
    "not_found",
  );
  await fillGroup(group.id, limits.groupMembers);
  expect(await codeOf(addGroupMember, { as: admin, params })).toBe("conflict");
});

test("[UG2] a handle is no user's and no other group's, in either order", async () => {
  await groupOf(admin, [], "platform");
  const create = (handle: string) => codeOf(createGroup, { as: admin, body: { handle, name: "n" } });
  expect([await create("platform"), await create(ann.username)]).toEqual(["conflict", "conflict"]);
  for (const handle of ["channel", "here", "everyone", "a", "-x", "x.", "a b", "x".repeat(33), "grüppe"])
    expect(await create(handle), handle).toBe("validation_failed");
  const person = { email: "p@parley.test", username: "platform", password: testPassword };
  const taken = await expectRejected(register, { body: person });
  expect([taken.code, taken.issues?.[0]?.path]).toEqual(["conflict", "username"]);
  const other = await groupOf(admin);
  const params = { groupId: other.id };
  for (const handle of ["platform", ann.username])
    expect(await codeOf(updateGroup, { as: admin, params, body: { handle } })).toBe("conflict");
  expect((await expectOk(getGroup, { as: admin, params })).handle).toBe(other.handle);
  const renamed = await expectOk(updateGroup, { as: admin, params, body: { handle: "renamed" } });
  expect(renamed.handle).toBe("renamed");
});

test("[UG3] members change no groups unless GROUPS_BY permits it, guests see none", async () => {
  const group = await groupOf(admin, [ann.userId]);
  const params = { groupId: group.id, userId: ann.userId };
  const requests = [
    [createGroup, { body: { handle: "mine", name: "Mine" } }],
    [updateGroup, { params, body: { name: "Mine" } }],
    [deleteGroup, { params }],
    [addGroupMember, { params }],
    [removeGroupMember, { params }],
  ] as const;
  for (const as of [bob, guest])
    for (const [endpoint, request] of requests)
      expect(await codeOf(endpoint, { as, ...request })).toBe("forbidden");
  expect(await codeOf(getGroups, { as: guest })).toBe("forbidden");
  expect(await codeOf(getGroup, { as: guest, params })).toBe("forbidden");
  setWorkerConfig({ GROUPS_BY: "members" });
  await expectOk(createGroup, { as: bob, body: { handle: "of-bob", name: "Bob's" } });
  expect(await codeOf(createGroup, { as: guest, body: { handle: "of-guest", name: "G" } })).toBe("forbidden");
});

test("[UG3] the numbers of groups and of changes an hour are limited", async () => {
  const limited = await createUser("limited", { role: "admin" });
  await setHubConfig(limited.userId, { USER_GROUP_CHANGES_PER_HOUR: 2 });
  const group = await groupOf(limited);
  expect(await codeOf(deleteGroup, { as: limited, params: { groupId: group.id } })).toBe("rate_limited");
  await setHubConfig(limited.userId, { USER_GROUP_CHANGES_PER_HOUR: 300 });
  setWorkerConfig({ WORKSPACE_GROUPS: 1 });
  expect(await codeOf(createGroup, { as: admin, body: { handle: "beyond", name: "n" } })).toBe("conflict");
});

test("[UG4] members receive an event when their group changes", async () => {
  const dee = await createUser("dee");
  const socket = await connectHub(dee);
  const own = async (count: number) => {
    await eventually(() => userEventsOf(socket).length === count, `${count} events`);
    return userEventsOf(socket).at(-1);
  };
  const group = await groupOf(admin, [dee.userId, bob.userId]);
  const params = { groupId: group.id };
  const changed = { type: "groupUpdate", data: { group: { id: group.id }, isMember: true } };
  expect(await own(1)).toMatchObject(changed);
  await expectOk(updateGroup, { as: admin, params, body: { name: "Renamed" } });
  expect(await own(2)).toMatchObject({ ...changed, data: { group: { name: "Renamed" } } });
  await expectOk(removeGroupMember, { as: admin, params: { ...params, userId: dee.userId } });
  expect(await own(3)).toMatchObject({ data: { group: { memberCount: 1 }, isMember: false } });
  await expectOk(addGroupMember, { as: admin, params: { ...params, userId: dee.userId } });
  expect(await own(4)).toMatchObject({ data: { isMember: true } });
  await expectOk(deleteGroup, { as: admin, params });
  expect(await own(5)).toMatchObject({ type: "groupDelete", data: { group: { id: group.id } } });
});

test("[UG4] the list has an ETag", async () => {
  const first = await callEndpoint(getGroups, { as: ann });
  const headers = { "If-None-Match": first.headers.get("ETag") ?? "" };
  expect((await callEndpoint(getGroups, { as: ann, headers })).status).toBe(304);
  await groupOf(admin);
  expect((await callEndpoint(getGroups, { as: ann, headers })).status).toBe(200);
});

test("[EZ1] an erased user is a member of no group", async () => {
  const gone = await createUser("gone");
  const group = await groupOf(admin, [gone.userId, bob.userId]);
  await eraseUser(env, gone.userId);
  expect((await expectOk(getGroup, { as: ann, params: { groupId: group.id } })).userIds).toEqual([
    bob.userId,
  ]);
  const params = { groupId: group.id, userId: gone.userId };
  expect(await codeOf(addGroupMember, { as: admin, params })).toBe("not_found");
});
