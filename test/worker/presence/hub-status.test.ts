import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { getStatus, logout, updateUserStatus } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { captureStatusUpdates } from "../../support/worker/fakes/object-methods.ts";
import { createSession, createUser } from "../../support/worker/fixtures/accounts.ts";
import {
  attachRooms,
  evictHub,
  hubRows,
  hubStub,
  runHubAlarmAfter,
} from "../../support/worker/objects/hub-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  onFailpoint(undefined);
});

const allTold = (userId: string) =>
  eventually(async () => (await hubRows(userId, "room_calls")).length === 0, "that all rooms were told");

describe("[PS4] a status", () => {
  test("is sent to a room that asks, with an increasing `rev`", async () => {
    const ann = await createUser("ann");
    const statusIn = async () =>
      unwrap(await hubStub(ann.userId).attachSocket(ann.sessionId, newId("chn"))).status;
    expect(await statusIn()).toEqual({ userId: ann.userId, presence: "online", custom: null, rev: 0 });
    const custom = { text: "busy" };
    await expectOk(updateUserStatus, { as: ann, body: { presence: "dnd", custom } });
    await evictHub(ann.userId);
    expect(await statusIn()).toEqual({ userId: ann.userId, presence: "dnd", custom, rev: 1 });
    await expectOk(updateUserStatus, { as: ann, body: { presence: "invisible" } });
    expect(await statusIn()).toMatchObject({ presence: "offline", custom, rev: 2 });
  });

  test("that changes is sent within 1 s to each room with the user's sockets only", async () => {
    const told = captureStatusUpdates();
    const ann = await createUser("ann");
    const other = await createSession(ann);
    const [one, both, gone] = [newId("chn"), newId("chn"), newId("chn")];
    await attachRooms(ann, [one, both], "gateway");
    await attachRooms(other, [both], "client");
    const third = await createSession(ann);
    await attachRooms(third, [gone]);
    await expectOk(logout, { as: third });
    const startedAt = performance.now();
    await expectOk(updateUserStatus, { as: ann, body: { presence: "away" } });
    await allTold(ann.userId);
    expect(performance.now() - startedAt).toBeLessThan(1_000 + loadAllowanceMs);
    expect(told.map(({ channelId }) => channelId).toSorted()).toEqual([one, both].toSorted());
    for (const status of told) expect(status).toMatchObject({ presence: "away", custom: null, rev: 1 });
    await expectOk(updateUserStatus, { as: ann, body: { presence: "away" } });
    await expectOk(updateUserStatus, { as: ann, body: {} });
    await allTold(ann.userId);
    expect(told, "what is so already is told to nobody").toHaveLength(2);
  });

  test("chosen on the socket is acknowledged as others see it", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    const { userId } = ann;
    const custom = { emoji: "🌴", text: "away" };
    expect(await socket.sendCommand("statusUpdate", { presence: "invisible", custom })).toMatchObject({
      type: "ack",
      data: { userId, presence: "offline", custom },
    });
    expect((await socket.sendCommand("statusUpdate", { presence: "auto", custom: null })).type).toBe("ack");
    expect(await socket.sendCommand("statusUpdate", { idle: true })).toMatchObject({
      data: { userId, presence: "away", custom: null },
    });
    expect(await expectOk(getStatus, { as: ann })).toEqual({ presence: "auto", custom: null });
  });

  test("that expires is sent when it does", async () => {
    const told = captureStatusUpdates();
    const ann = await createUser("ann");
    await attachRooms(ann, [newId("chn")]);
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    await expectOk(updateUserStatus, { as: ann, body: { custom: { text: "lunch", expiresAt } } });
    await allTold(ann.userId);
    await evictHub(ann.userId);
    await runHubAlarmAfter(ann.userId, 60_001);
    await allTold(ann.userId);
    expect(told.map(({ custom, rev }) => [custom?.text, rev])).toEqual([
      ["lunch", 1],
      [undefined, 2],
    ]);
  });

  test.each(["hub:before-status", "hub:after-status"] as const)(
    "that was stored before a crash at %s is sent by an alarm",
    async (point) => {
      const told = captureStatusUpdates();
      const ann = await createUser("ann");
      await attachRooms(ann, [newId("chn"), newId("chn")]);
      crashOnceAt(point);
      expect((await callEndpoint(updateUserStatus, { as: ann, body: { presence: "dnd" } })).status).toBe(500);
      await abortAllDurableObjects();
      const isTaken = (await expectOk(getStatus, { as: ann })).presence === "dnd";
      expect(isTaken).toBe(point === "hub:after-status");
      await runHubAlarmAfter(ann.userId, 1_100);
      expect(told.map(({ presence }) => presence)).toEqual(isTaken ? ["dnd", "dnd"] : []);
      expect(await hubRows(ann.userId, "room_calls")).toEqual([]);
    },
  );

  test("reaches other rooms at once while one does not answer, and that one later", async () => {
    const ann = await createUser("ann");
    const [deaf, one] = [newId("chn"), newId("chn")];
    let answers = (): void => {};
    const silence = new Promise<boolean>((resolve) => {
      answers = () => resolve(true);
    });
    let calls = 0;
    const told = captureStatusUpdates((channelId) => (channelId === deaf && ++calls ? silence : true));
    await attachRooms(ann, [deaf, one]);
    const startedAt = performance.now();
    for (const presence of ["away", "dnd"]) await expectOk(updateUserStatus, { as: ann, body: { presence } });
    await eventually(() => told.some(({ presence }) => presence === "dnd"));
    expect(performance.now() - startedAt).toBeLessThan(1_000 + loadAllowanceMs);
    expect(told.every(({ channelId }) => channelId === one)).toBe(true);
    expect(calls, "who has not answered yet is not called again").toBe(1);
    answers();
    await runHubAlarmAfter(ann.userId, 1_100);
    await allTold(ann.userId);
    expect(told.findLast(({ channelId }) => channelId === deaf)).toMatchObject({ presence: "dnd" });
  });

  test("that changes often is sent as its last value, with few calls", async () => {
    const told = captureStatusUpdates();
    const ann = await createUser("ann");
    await attachRooms(ann, [newId("chn")]);
    const socket = await connectHub(ann);
    for (let nr = 0; nr < 60; nr++)
      socket.send({ type: "statusUpdate", data: { custom: { text: `${nr}` } } });
    await socket.sendCommand("statusUpdate", { custom: { text: "last" } });
    await allTold(ann.userId);
    expect(told.at(-1)).toMatchObject({ custom: { text: "last" }, rev: 61 });
    expect(told.length).toBeLessThan(10);
    expect(told.map(({ rev }) => rev)).toEqual(told.map(({ rev }) => rev).toSorted((a, b) => a - b));
  });

  test("is not sent to a room without the user's sockets unless it asked just before", async () => {
    const told = captureStatusUpdates(() => false);
    const ann = await createUser("ann");
    const [old, young] = [newId("chn"), newId("chn")];
    await attachRooms(ann, [old]);
    advanceClock(61_000);
    await attachRooms(ann, [young]);
    for (const presence of ["away", "dnd"]) {
      await expectOk(updateUserStatus, { as: ann, body: { presence } });
      await allTold(ann.userId);
    }
    expect(told.filter(({ channelId }) => channelId === old)).toHaveLength(1);
    expect(await hubRows(ann.userId, "attachments")).toMatchObject([{ channel_id: young }]);
  });
});
