import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import { person } from "../../support/worker/cast.ts";
import { device, dieOnceAt, evictHub } from "../../support/worker/hubs.ts";
import { hubLog, notify } from "../../support/worker/notices.ts";
import { memberNotice, ownEvents, tellReading, typesOf } from "../../support/worker/own-events.ts";

afterEach(() => onFailpoint(undefined));

const channelId = newId("chn");

describe("[OE3] joining and leaving", () => {
  test.each(["hub:before-notify", "hub:after-notify"] as const)(
    "are told once, told again and again, when the hub dies at %s",
    async (point) => {
      const ann = await person("ann");
      const events = [
        memberNotice(ann.userId, channelId, 2, "memberJoin"),
        memberNotice(ann.userId, channelId, 5, "memberLeave"),
      ];
      dieOnceAt(point);
      await expect(notify(ann.userId, channelId, ...events)).rejects.toThrow("Died");
      await abortAllDurableObjects();
      await notify(ann.userId, channelId, events[0]!);
      for (const _ of [1, 2]) await notify(ann.userId, channelId, ...events);
      await evictHub(ann.userId);
      await notify(ann.userId, channelId, ...events, memberNotice(ann.userId, channelId, 9, "memberJoin"));
      const log = await hubLog(ann.userId);
      expect(typesOf(log)).toEqual(["memberJoin", "memberLeave", "memberJoin"]);
      expect(log.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    },
  );

  test("are told for each channel by itself", async () => {
    const ann = await person("ann");
    await notify(ann.userId, newId("chn"), memberNotice(ann.userId, channelId, 50, "memberJoin"));
    await notify(ann.userId, newId("chn"), memberNotice(ann.userId, channelId, 2, "memberJoin"));
    expect(await hubLog(ann.userId)).toHaveLength(2);
  });
});

test("[OE2] of what was read the room's last word counts, told twice, late or by a hub that died", async () => {
  const ann = await person("ann");
  const socket = await device(ann);
  await tellReading(ann.userId, channelId, 5, 2);
  await tellReading(ann.userId, channelId, 9, 1);
  await tellReading(ann.userId, channelId, 5, 2);
  await evictHub(ann.userId);
  await tellReading(ann.userId, channelId, 5, 2);
  await tellReading(ann.userId, channelId, 3, 3);
  await notify(ann.userId, channelId, memberNotice(ann.userId, channelId, 1, "memberLeave"));
  await tellReading(ann.userId, channelId, 3, 3);
  await socket.caughtUp(3);
  expect(ownEvents(socket)).toMatchObject([
    { type: "readUpdate", data: { channelId, lastReadSeq: 5 } },
    { type: "readUpdate", data: { channelId, lastReadSeq: 3 } },
    { type: "memberLeave" },
  ]);
});
