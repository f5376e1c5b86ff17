import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import type { Failpoint } from "../../../src/lib/failpoint.ts";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import type { UserNotice } from "../../../src/domain/notice.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { hubLog } from "../../support/worker/objects/hub-object.ts";
import { runScheduledTask, waitForNotifications } from "../../support/worker/objects/projection.ts";
import { evictRoom, roomLog } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  onFailpoint(undefined);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const ownTypes = new Set(["channelCreate", "memberJoin", "memberLeave"]);
/** The entries of a channel in a user's event log, as short text. */
const ownOf = async ({ userId }: TestUser, channelId: string): Promise<string[]> =>
  (await hubLog(userId))
    .filter(({ type, data }) => ownTypes.has(type) && (data.channel?.id ?? data.channelId) === channelId)
    .map(({ type }) => type);
const invitationsOf = async ({ userId }: TestUser): Promise<number> =>
  (await hubLog(userId)).filter(({ data }) => data.notification?.kind === "invitation").length;

/** Captures all notices sent to hubs, by user. */
function listen(): Map<string, UserNotice[]> {
  const told = new Map<string, UserNotice[]>();
  const { receiveNotices } = UserHub.prototype;
  vi.spyOn(UserHub.prototype, "receiveNotices").mockImplementation(function (this: UserHub, ...args) {
    const userId = (this as unknown as { ctx: DurableObjectState }).ctx.id.name ?? "";
    told.set(userId, [...(told.get(userId) ?? []), ...args[1]]);
    return receiveNotices.apply(this, args);
  });
  return told;
}

test("[OE3] creating, adding, joining, leaving and removal are that user's events only", async () => {
  const [ann, bob, cid, eve] = (await createUsers("ann", "bob", "cid", "eve")) as [
    TestUser,
    TestUser,
    TestUser,
    TestUser,
  ];
  const told = listen();
  const channelId = await createChannelFor(ann, [bob]);
  const at = `/v1/channels/${channelId}`;
  await cid.call("POST", `${at}/join`);
  await bob.call("PATCH", at, { topic: "no business of a member's" });
  await ann.call("PATCH", `${at}/members/${cid.userId}`, { role: "moderator" });
  await cid.call("POST", `${at}/leave`);
  await ann.call("DELETE", `${at}/members/${bob.userId}`);
  await ann.call("POST", `${at}/members`, { userId: bob.userId });
  await eve.call("GET", at);
  await waitForNotifications(channelId);
  expect(await ownOf(ann, channelId)).toEqual(["channelCreate", "memberJoin"]);
  expect(await ownOf(bob, channelId)).toEqual(["memberJoin", "memberLeave", "memberJoin"]);
  expect(await ownOf(cid, channelId)).toEqual(["memberJoin", "memberLeave"]);
  expect(await hubLog(eve.userId)).toEqual([]);
  expect(await invitationsOf(bob), "he is notified as well").toBe(2);
  expect(await invitationsOf(cid), "who came by themselves is not").toBe(0);
  const log = (await roomLog(channelId)).map(({ data }) => JSON.parse(data));
  const [made, joined] = await hubLog(ann.userId);
  expect(made?.data).toEqual(log[0]);
  expect(joined?.data).toEqual({ channelId, member: log[1].member });
  const notices = [...told.values()].flat();
  expect(
    notices.filter(({ own, kind }) => !own && !kind),
    "nothing is told for nothing",
  ).toEqual([]);
});

test("[OE3] [CH2] a direct message is each participant's event, without invitations", async () => {
  const [ann, bob, cid, eve] = (await createUsers("ann", "bob", "cid", "eve")) as [
    TestUser,
    TestUser,
    TestUser,
    TestUser,
  ];
  const { body } = await ann.call("POST", "/v1/dms", { userIds: [bob.userId, cid.userId] });
  await cid.call("POST", "/v1/dms", { userIds: [bob.userId, ann.userId] });
  await waitForNotifications(body.id);
  for (const member of [ann, bob, cid]) {
    expect(await ownOf(member, body.id)).toEqual(["channelCreate", "memberJoin"]);
    expect(await invitationsOf(member)).toBe(0);
    const [, joined] = await hubLog(member.userId);
    expect(joined?.data.member.userId).toBe(member.userId);
  }
  expect(await hubLog(eve.userId)).toEqual([]);
});

test("[OE3] [NT2] level `none` still receives the user's own events", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await bob.call("PUT", `/v1/channels/${channelId}/notifications`, { level: "none" });
  await bob.call("PUT", "/v1/users/me/status", { presence: "dnd" });
  await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
  await waitForNotifications(channelId);
  expect(await ownOf(bob, channelId)).toEqual(["memberJoin", "memberLeave"]);
});

const crashPoints: Failpoint[] = [
  "room:after-commit",
  "room:before-expand",
  "room:after-expand",
  "room:after-notify",
  "hub:before-notify",
  "hub:after-notify",
];
for (const point of crashPoints)
  test(`[OE3] joins and leaves are sent once, in order, despite crashes at ${point}`, async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const channelId = await createChannelFor(ann);
    await waitForNotifications(channelId);
    const members = `/v1/channels/${channelId}/members`;
    for (let round = 0; round < 4; round++) {
      const died = crashAt(point);
      if (round % 2 === 0) void ann.call("POST", members, { userId: bob.userId });
      else void ann.call("DELETE", `${members}/${bob.userId}`);
      await died;
      if (round === 2) await evictRoom(channelId);
    }
    for (const key of ["notifications", "deliveries", "notifications", "deliveries"])
      await runScheduledTask(channelId, key);
    vi.useRealTimers();
    await abortAllDurableObjects();
    await postMessage(ann, channelId, "drain");
    await runScheduledTask(channelId, "deliveries");
    vi.useRealTimers();
    await waitForNotifications(channelId);
    expect(await ownOf(bob, channelId)).toEqual(["memberJoin", "memberLeave", "memberJoin", "memberLeave"]);
    expect(
      await invitationsOf(bob),
      "of what they were no longer in when it was told, nobody",
    ).toBeLessThanOrEqual(2);
    expect(await ownOf(ann, channelId)).toEqual(["channelCreate", "memberJoin"]);
  });
