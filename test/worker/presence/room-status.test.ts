import { afterEach, expect, test, vi } from "vitest";
import type { UserStatus } from "../../../src/domain/actor.ts";
import { newId } from "../../../src/lib/ids.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { signalsOf } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { pauseAttach } from "../../support/worker/fakes/object-methods.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { evictRoom, roomRows, roomStub } from "../../support/worker/objects/room-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(() => void vi.restoreAllMocks());

const custom = { emoji: "🌴", text: "on holiday" };
const subscribed = (socket: TestSocket): any => socket.seen.find(({ type }) => type === "subscribed");
const settled = () => scheduler.wait(250);

async function scene() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const [asAnn, asBob] = [await ann.connect(channelId), await bob.connect(channelId)];
  await asAnn.next("userOnline");
  const status = (rev: number, more: Partial<UserStatus> = {}): UserStatus => ({
    userId: bob.userId,
    presence: "away",
    custom: null,
    rev,
    ...more,
  });
  return {
    ann,
    bob,
    channelId,
    asAnn,
    asBob,
    status,
    tell: (told: UserStatus) => roomStub(channelId).setStatus(told),
  };
}

test("[PS4] a changed status reaches all within 1 s, own devices too; no-ops do not", async () => {
  const { bob, channelId, asAnn, asBob, status, tell } = await scene();
  const inner = await connectRoom(channelId, bob);
  const beganMs = Date.now();
  expect(await tell(status(101, { presence: "dnd", custom }))).toBe(true);
  const data = { userId: bob.userId, presence: "dnd", custom };
  for (const socket of [asAnn, asBob, inner])
    expect(await socket.next("statusUpdate")).toEqual({ type: "statusUpdate", channelId, data });
  expect(Date.now() - beganMs).toBeLessThan(1_000 + loadAllowanceMs);
  expect(await tell(status(102, { presence: "dnd", custom }))).toBe(true);
  await settled();
  for (const socket of [asAnn, asBob, inner])
    expect(signalsOf(socket).filter(({ type }) => type === "statusUpdate")).toHaveLength(1);
});

test("[PS4] of quick changes the last one is sent; a late older one changes nothing", async () => {
  const { bob, channelId, asAnn, status, tell } = await scene();
  await Promise.all([
    tell(status(101)),
    tell(status(103, { presence: "dnd" })),
    tell(status(102, { custom })),
  ]);
  await settled();
  const told = signalsOf(asAnn).filter(({ type }) => type === "statusUpdate");
  expect(told.at(-1)?.data).toEqual({ userId: bob.userId, presence: "dnd", custom: null });
  await evictRoom(channelId);
  expect(await tell(status(100))).toBe(true);
  await settled();
  expect(signalsOf(asAnn).filter(({ type }) => type === "statusUpdate")).toHaveLength(told.length);
});

test("[PS4] [RM9] a new subscriber receives all unusual statuses, also after a wake", async () => {
  const { ann, bob, channelId, asBob, status, tell } = await scene();
  const data = { userId: bob.userId, presence: "away", custom };
  await tell(status(101, { custom }));
  const further = await (await createSession(bob)).connect(channelId);
  asBob.close();
  await asBob.closed;
  await evictRoom(channelId);
  expect(subscribed(await connectRoom(channelId, ann)).data.statuses).toEqual([data]);
  await tell(status(102, { presence: "online" }));
  await evictRoom(channelId);
  expect(subscribed(await connectRoom(channelId, ann)).data.statuses).toEqual([]);
  further.close();
});

test("[PS4] a user in the grace period keeps their status, and changes are sent", async () => {
  const { ann, bob, channelId, asAnn, asBob, status, tell } = await scene();
  asBob.close();
  await asBob.closed;
  expect(await tell(status(101, { custom }))).toBe(true);
  expect((await asAnn.next("statusUpdate")).data).toMatchObject({ custom });
  await evictRoom(channelId);
  expect(subscribed(await connectRoom(channelId, ann)).data.statuses).toEqual([
    { userId: bob.userId, presence: "away", custom },
  ]);
});

test("[PS4] a change that arrives before its socket holds: the newest counts", async () => {
  const { ann, bob, channelId, asAnn, asBob, status, tell } = await scene();
  const phone = await createSession(bob);
  const held = pauseAttach();
  const connecting = phone.connect(channelId);
  await held.reached();
  await tell(status(101));
  asBob.close();
  await asBob.closed;
  held.release();
  await connecting;
  await evictRoom(channelId);
  expect(subscribed(await connectRoom(channelId, ann)).data.statuses).toMatchObject([{ presence: "away" }]);
  expect(signalsOf(asAnn).map(({ type }) => type)).toEqual(["userOnline", "statusUpdate"]);
});

test("[PS4] a room wants updates of present users only; asking creates nothing", async () => {
  const { ann, bob, channelId, asBob, status, tell } = await scene();
  const room = roomStub(channelId);
  expect(await room.hasSocket(bob.userId)).toBe(true);
  expect(await room.setStatus({ ...status(1), userId: newId("usr") })).toBe(false);
  expect(await room.hasSocket(newId("usr"))).toBe(false);
  asBob.close();
  await asBob.closed;
  expect([await tell(status(101)), await room.hasSocket(bob.userId)]).toEqual([true, true]);
  const nothing = newId("chn");
  expect(await roomStub(nothing).setStatus(status(1))).toBe(false);
  expect(await roomStub(nothing).hasSocket(ann.userId)).toBe(false);
  expect(
    await roomRows(nothing, "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'"),
  ).toEqual([]);
});

test("[PS4] [RM1] a direct socket sets a status like REST, in the order of frames", async () => {
  const { bob, asAnn, asBob } = await scene();
  expect(await asBob.sendCommand("statusUpdate", { presence: "invisible" })).toMatchObject({
    data: { userId: bob.userId, presence: "offline", custom: null },
  });
  expect(await asBob.sendCommand("statusUpdate", { presence: "away", custom })).toMatchObject({
    data: { userId: bob.userId, presence: "away", custom },
  });
  for (const [data, path] of [
    [{ idle: true }, "data.idle"],
    [{ presence: "away", idle: false }, "data.idle"],
    [{ presence: "gone" }, "data.presence"],
  ] as const) {
    const { error } = (await asBob.sendCommand("statusUpdate", data)) as any;
    expect(error).toMatchObject({ code: "validation_failed", issues: [{ path }] });
  }
  expect(await asBob.sendCommand("statusUpdate", { custom: { emoji: "no emoji" } })).toMatchObject({
    error: { code: "validation_failed" },
  });
  vi.spyOn(UserHub.prototype, "setStatus").mockRejectedValueOnce(new Error("a defect"));
  expect(await asBob.sendCommand("statusUpdate", { presence: "dnd" })).toMatchObject({
    error: { code: "internal" },
  });
  asBob.send(messageFrame("the socket lives", undefined, "alive"));
  await asBob.waitFor((item) => item.type === "ack" && item.id === "alive");
  await asAnn.waitFor((item) => item.type === "statusUpdate" && item.data.custom?.text === custom.text);
});

test("[PS4] of statuses set in sequence by a socket the last one holds", async () => {
  const { asAnn, asBob } = await scene();
  const { setStatus } = UserHub.prototype;
  let waitMs = 40;
  vi.spyOn(UserHub.prototype, "setStatus").mockImplementation(async function (this: UserHub, ...args) {
    await scheduler.wait((waitMs -= 10));
    return setStatus.apply(this, args);
  });
  for (const [id, presence] of ["away", "invisible", "dnd"].entries())
    asBob.send({ id, type: "statusUpdate", data: { presence } });
  await asBob.waitFor((item) => item.type === "ack" && item.id === 2);
  expect(asBob.seen.flatMap((item) => (item.type === "ack" ? [item.data["presence"]] : []))).toEqual([
    "away",
    "offline",
    "dnd",
  ]);
  await asAnn.waitFor((item) => item.type === "statusUpdate" && item.data.presence === "dnd");
});

test("[PS4] an expired custom status is hidden, even before its hub reports it", async () => {
  const { ann, bob, channelId, asAnn, status, tell } = await scene();
  const expiresAt = new Date(Date.now() + 300).toISOString();
  await tell(status(101, { presence: "online", custom: { ...custom, expiresAt } }));
  expect((await asAnn.next("statusUpdate")).data).toMatchObject({
    userId: bob.userId,
    custom: { expiresAt },
  });
  await scheduler.wait(350);
  expect(subscribed(await connectRoom(channelId, ann)).data.statuses).toEqual([]);
});
