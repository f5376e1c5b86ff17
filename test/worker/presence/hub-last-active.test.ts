import { afterEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { getUserPresence, updateUserStatus } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { fakeRoomSockets } from "../../support/worker/fakes/object-methods.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { attachRooms, evictHub } from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const of = (as: TestUser, { userId }: { userId: string }) =>
  expectOk(getUserPresence, { as, params: { userId } });
const choose = (as: TestUser, body: object) => expectOk(updateUserStatus, { as, body });
const minute = (ms: number) => new Date(ms - (ms % 60_000)).toISOString();

describe("[PS3] an invisible user", () => {
  test("looks exactly like an offline one, last active when they hid", async () => {
    const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
    const hidAt = Date.now();
    await choose(ann, { presence: "invisible" });
    const before = await callEndpoint(getUserPresence, { as: bob, params: { userId: ann.userId } });
    expect(before.body).toEqual({
      userId: ann.userId,
      presence: "offline",
      custom: null,
      lastActiveAt: minute(hidAt),
    });
    advanceClock(120_000);
    const socket = await connectHub(ann);
    await attachRooms(ann, [newId("chn")], "client");
    fakeRoomSockets(ann.userId);
    await ann.call("GET", "/v1/users/me");
    await socket.sendCommand("statusUpdate", { idle: true });
    expect((await callEndpoint(getUserPresence, { as: bob, params: { userId: ann.userId } })).text).toBe(
      before.text,
    );
    advanceClock(120_000);
    socket.close();
    await createSession(ann);
    await evictHub(ann.userId);
    expect((await callEndpoint(getUserPresence, { as: bob, params: { userId: ann.userId } })).text).toBe(
      before.text,
    );
    advanceClock(120_000);
    const shownAt = Date.now();
    await choose(ann, { presence: "auto" });
    expect(await of(bob, ann)).toMatchObject({ lastActiveAt: minute(shownAt) });
  });
});

test("[PS6] lastActiveAt is to the minute, set by requests and device connections", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const lastActive = async () => (await of(bob, ann)).lastActiveAt;
  expect(await lastActive()).toBe(minute(Date.now()));
  advanceClock(120_000);
  const socket = await connectHub(ann);
  expect(await lastActive()).toBe(minute(Date.now()));
  advanceClock(120_000);
  expect(await lastActive(), "connected all the while").toBe(minute(Date.now()));
  socket.close();
  await eventually(async () => (await lastActive()) === minute(Date.now()));
  advanceClock(120_000);
  await ann.call("GET", "/v1/users/me");
  expect(await lastActive()).toBe(minute(Date.now()));
});
