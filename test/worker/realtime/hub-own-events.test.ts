import { afterEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import {
  getNotifications,
  limits,
  readNotifications,
  updateUserStatus,
} from "../../../src/protocol/index.ts";
import { person, session } from "../../support/worker/cast.ts";
import { ok } from "../../support/worker/endpoints.ts";
import { device, evictHub, hubRows } from "../../support/worker/hubs.ts";
import { hubLog, notice, noticesFrom, notify } from "../../support/worker/notices.ts";
import { helloOf, memberNotice, ownEvents, tellReading, typesOf } from "../../support/worker/own-events.ts";
import { seqs } from "../../support/worker/room.ts";

afterEach(() => void vi.restoreAllMocks());

const channelId = newId("chn");

describe("[OE1] a user's own events", () => {
  test("come unasked, on every device, as the log has them, without `channelId`", async () => {
    const ann = await person("ann");
    const sockets = [await device(ann), await device(await session(ann))];
    await notify(
      ann.userId,
      channelId,
      memberNotice(ann.userId, channelId, 3, "memberJoin", { kind: "invitation" }),
      notice(4),
    );
    await tellReading(ann.userId, channelId, 4, 1);
    await ok(readNotifications, { as: ann, body: {} });
    const log = await hubRows(ann.userId, "log");
    const wanted = log.map(({ type, seq, at, data }) => ({
      type,
      seq,
      at: new Date(Number(at)).toISOString(),
      data: JSON.parse(String(data)),
    }));
    expect(typesOf(wanted as never)).toEqual([
      "memberJoin",
      "notificationCreate",
      "notificationCreate",
      "readUpdate",
      // What the reading covers, then all.
      "notificationRead",
      "notificationRead",
    ]);
    for (const socket of sockets) {
      await socket.caughtUp(6);
      expect(ownEvents(socket)).toEqual(wanted);
      socket.close();
    }
  });

  test("have an epoch and a place from the first socket on, before anything happened", async () => {
    const ann = await person("ann");
    const first = helloOf(await device(ann));
    expect(first).toMatchObject({ seq: 0, epoch: expect.stringMatching(/^[\w-]{12}$/) });
    const { epoch } = first;
    expect(await ok(getNotifications, { as: ann })).toMatchObject({ seq: 0, epoch });
    await evictHub(ann.userId);
    await notify(ann.userId, channelId, notice(1));
    const back = await device(ann, { since: 0, epoch });
    await back.caughtUp(1);
    expect(helloOf(back)).toMatchObject({ seq: 1, epoch });
    expect(typesOf(back.seen)).toEqual(["hello", "notificationCreate"]);
  });

  test("that were missed come after `hello`, then what follows, wherever one left", async () => {
    const ann = await person("ann");
    await notify(ann.userId, channelId, ...noticesFrom(1, 5));
    for (const since of [0, 2, 5]) {
      await evictHub(ann.userId);
      const socket = await device(ann, { since });
      await notify(ann.userId, newId("chn"), notice(1));
      const head = (await hubLog(ann.userId)).length;
      await socket.caughtUp(head);
      expect(ownEvents(socket).map(({ seq }) => seq)).toEqual(seqs(since + 1, head - since));
      socket.close();
    }
    expect(ownEvents(await device(ann))).toEqual([]);
  });

  test("of another epoch, or past the head, are a `reset`, and what follows comes", async () => {
    const ann = await person("ann");
    await notify(ann.userId, channelId, ...noticesFrom(1, 3));
    const { epoch } = helloOf(await device(ann));
    for (const upgrading of [{ since: 1, epoch: "another-life" }, { since: 4, epoch }, { since: 4 }]) {
      const socket = await device(ann, upgrading);
      const reset = await socket.next("reset");
      expect(reset).toEqual({ type: "reset", data: { epoch, seq: 3 } });
      expect(typesOf(socket.seen)).toEqual(["hello", "reset"]);
      socket.close();
    }
  });

  test("are kept as far as 1,000 can be missed; of more, a `reset`, and notifications are in their list", async () => {
    const ann = await person("ann");
    await notify(ann.userId, channelId, ...noticesFrom(1, 3));
    const other = newId("chn");
    for (let rev = 1; rev <= limits.replayEvents; rev++) await tellReading(ann.userId, other, rev, rev);
    const log = await hubLog(ann.userId);
    expect(log.map(({ seq }) => seq)).toEqual(seqs(1, 1_003));
    await tellReading(ann.userId, other, 1, 1_001);
    const kept = (await hubLog(ann.userId)).map(({ seq }) => seq);
    expect(kept, "of what fell out the notifications stay").toEqual([1, 2, 3, ...seqs(5, 1_000)]);
    const [whole, tooLate] = [await device(ann, { since: 4 }), await device(ann, { since: 3 })];
    await whole.caughtUp(1_004);
    expect(ownEvents(whole)).toHaveLength(1_000);
    expect((await tooLate.next("reset")).data.seq).toBe(1_004);
    expect((await ok(getNotifications, { as: ann })).items).toHaveLength(3);
  });

  test("are not sent of what was not committed", async () => {
    const ann = await person("ann");
    const socket = await device(ann);
    const broken = notice(2, { createdAt: "never" });
    await expect(notify(ann.userId, channelId, notice(1), broken)).rejects.toThrow();
    await notify(ann.userId, channelId, notice(7));
    await socket.caughtUp(1);
    expect(ownEvents(socket)).toMatchObject([{ seq: 1, data: { notification: { channelSeq: 7 } } }]);
  });

  test("are told while `dnd` holds notifications back", async () => {
    const ann = await person("ann");
    const socket = await device(ann);
    await ok(updateUserStatus, { as: ann, body: { presence: "dnd" } });
    await notify(
      ann.userId,
      channelId,
      memberNotice(ann.userId, channelId, 1, "memberJoin", { kind: "invitation" }),
      notice(2),
    );
    await tellReading(ann.userId, channelId, 2, 1);
    await ok(updateUserStatus, { as: ann, body: { presence: "auto" } });
    await socket.caughtUp(4);
    expect(typesOf(ownEvents(socket))).toEqual([
      "memberJoin",
      "readUpdate",
      "notificationCreate",
      "notificationCreate",
    ]);
  });
});
