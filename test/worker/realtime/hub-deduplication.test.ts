import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { typesOf, userEventsOf } from "../../support/worker/clients/received-events.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createMemberNotice, sendNotices, sendReadState } from "../../support/worker/fixtures/notices.ts";
import { evictHub, hubLog } from "../../support/worker/objects/hub-object.ts";

afterEach(() => onFailpoint(undefined));

const channelId = newId("chn");

describe("[OE3] joining and leaving", () => {
  test.each(["hub:before-notify", "hub:after-notify"] as const)(
    "are logged once despite retries after the hub crashes at %s",
    async (point) => {
      const ann = await createUser("ann");
      const events = [
        createMemberNotice(ann.userId, channelId, 2, "memberJoin"),
        createMemberNotice(ann.userId, channelId, 5, "memberLeave"),
      ];
      crashOnceAt(point);
      await expect(sendNotices(ann.userId, channelId, ...events)).rejects.toThrow("Crashed");
      await abortAllDurableObjects();
      await sendNotices(ann.userId, channelId, events[0]!);
      for (const _ of [1, 2]) await sendNotices(ann.userId, channelId, ...events);
      await evictHub(ann.userId);
      await sendNotices(
        ann.userId,
        channelId,
        ...events,
        createMemberNotice(ann.userId, channelId, 9, "memberJoin"),
      );
      const log = await hubLog(ann.userId);
      expect(typesOf(log)).toEqual(["memberJoin", "memberLeave", "memberJoin"]);
      expect(log.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    },
  );

  test("are logged for each channel separately", async () => {
    const ann = await createUser("ann");
    await sendNotices(ann.userId, newId("chn"), createMemberNotice(ann.userId, channelId, 50, "memberJoin"));
    await sendNotices(ann.userId, newId("chn"), createMemberNotice(ann.userId, channelId, 2, "memberJoin"));
    expect(await hubLog(ann.userId)).toHaveLength(2);
  });
});

test("[OE2] the latest read state wins, despite repeats, delays and hub crashes", async () => {
  const ann = await createUser("ann");
  const socket = await connectHub(ann);
  await sendReadState(ann.userId, channelId, 5, 2);
  await sendReadState(ann.userId, channelId, 9, 1);
  await sendReadState(ann.userId, channelId, 5, 2);
  await evictHub(ann.userId);
  await sendReadState(ann.userId, channelId, 5, 2);
  await sendReadState(ann.userId, channelId, 3, 3);
  await sendNotices(ann.userId, channelId, createMemberNotice(ann.userId, channelId, 1, "memberLeave"));
  await sendReadState(ann.userId, channelId, 3, 3);
  await socket.waitForSeq(3);
  expect(userEventsOf(socket)).toMatchObject([
    { type: "readUpdate", data: { channelId, lastReadSeq: 5 } },
    { type: "readUpdate", data: { channelId, lastReadSeq: 3 } },
    { type: "memberLeave" },
  ]);
});
