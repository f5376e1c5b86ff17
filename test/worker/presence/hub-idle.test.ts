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

/** How a room that asks now sees the person. */
const seen = async ({ userId, sessionId }: TestUser) =>
  unwrap(await hubStub(userId).attachSocket(sessionId, newId("chn"))).status.presence;

describe("[PS4] who chose `auto`", () => {
  test("is away when each of their devices is idle, and only then", async () => {
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

  test("and left an idle device is away for a moment longer, so that a reload is no coming and going", async () => {
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

  test("and comes back in that moment is there again, and stays", async () => {
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

  test("is as they chose otherwise, idle or not, and a choice counts at once", async () => {
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

  test("and whose frame is refused is as idle as before", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    expect((await socket.sendCommand("statusUpdate", { idle: true, custom: { emoji: "no" } })).type).toBe(
      "error",
    );
    expect(await seen(ann)).toBe("online");
  });
});
