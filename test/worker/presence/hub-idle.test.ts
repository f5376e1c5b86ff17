import { afterEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { updateUserStatus } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { captureStatusUpdates } from "../../support/worker/fakes/object-methods.ts";
import { createSession, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  attachRooms,
  evictHub,
  hubRows,
  hubStub,
  runHubAlarmAfter,
} from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The user's status as a room gets it now. */
const seen = async ({ userId, sessionId }: TestUser) =>
  unwrap(await hubStub(userId).attachSocket(sessionId, newId("chn"))).status.presence;

describe("[PS4] a user whose status is `auto`", () => {
  test("is away only while each of their devices is idle", async () => {
    const ann = await createUser("ann");
    const [phone, desk] = [await connectHub(ann), await connectHub(await createSession(ann))];
    await phone.sendCommand("statusUpdate", { idle: true });
    expect(await seen(ann)).toBe("online");
    await desk.sendCommand("statusUpdate", { idle: true });
    expect(await seen(ann)).toBe("away");
    await evictHub(ann.userId);
    expect(await seen(ann), "what a device said outlives memory").toBe("away");
    await phone.sendCommand("statusUpdate", { idle: false });
    expect(await seen(ann)).toBe("online");
    phone.close();
    await eventually(async () => (await seen(ann)) === "away");
    const tablet = await connectHub(ann);
    expect(await seen(ann)).toBe("online");
    tablet.close();
    desk.close();
  });

  test("stays away during the grace period when an active device disconnects", async () => {
    const all = captureStatusUpdates();
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    const channel = newId("chn");
    await attachRooms(ann, [channel]);
    await socket.sendCommand("statusUpdate", { idle: true });
    socket.close();
    await eventually(async () => (await hubRows(ann.userId, "due")).some(({ key }) => key === "idle"));
    expect(await seen(ann)).toBe("away");
    await evictHub(ann.userId);
    await runHubAlarmAfter(ann.userId, 10_001);
    expect(await seen(ann)).toBe("online");
    const told = () => all.flatMap(({ channelId, presence }) => (channelId === channel ? presence : []));
    await eventually(() => told().length === 2);
    expect(told()).toEqual(["away", "online"]);
  });

  test("is online again when they reconnect within the grace period", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    await socket.sendCommand("statusUpdate", { idle: true });
    socket.close();
    await eventually(async () => (await hubRows(ann.userId, "due")).some(({ key }) => key === "idle"));
    const back = await connectHub(ann);
    expect((await hubRows(ann.userId, "due")).map(({ key }) => key)).toEqual(["expiry"]);
    await back.sendCommand("statusUpdate", { idle: true });
    advanceClock(60_000);
    expect(await seen(ann)).toBe("away");
  });

  test("has any other status they choose at once, idle or not", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    for (const [presence, shown] of [
      ["dnd", "dnd"],
      ["invisible", "offline"],
      ["away", "away"],
    ]) {
      expect(await socket.sendCommand("statusUpdate", { presence, idle: true })).toMatchObject({
        data: { presence: shown },
      });
      expect(await socket.sendCommand("statusUpdate", { idle: false })).toMatchObject({
        data: { presence: shown },
      });
    }
    socket.close();
    await socket.closed;
    await expectOk(updateUserStatus, { as: ann, body: { presence: "auto" } });
    expect(await seen(ann)).toBe("online");
  });

  test("stays as idle as before when their frame is rejected", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    expect((await socket.sendCommand("statusUpdate", { idle: true, custom: { emoji: "no" } })).type).toBe(
      "error",
    );
    expect(await seen(ann)).toBe("online");
  });
});
