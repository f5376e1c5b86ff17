import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import roomThree from "../../support/releases/room-3.sql?raw";
import roomTwo from "../../support/releases/room-2.sql?raw";
import { session } from "../../support/worker/cast.ts";
import { eventually } from "../../support/worker/eventually.ts";
import { hubOf } from "../../support/worker/hubs.ts";
import { alarm, alarmAt } from "../../support/worker/projection.ts";
import { hibernate, rowsOf } from "../../support/worker/room.ts";
import { expectIndexIsLog, indexedChannel } from "../../support/worker/search-index.ts";
import { fill } from "../../support/worker/snapshots.ts";

for (const [release, snapshot] of [
  [2, roomTwo],
  [3, roomThree],
] as const)
  test(`[LG10] [SR3] a room as release ${release} left it is indexed by itself once it wakes`, async () => {
    const channelId = /chn_[0-9A-Z]{26}/.exec(snapshot)![0];
    await fill(env.ROOMS.getByName(channelId), snapshot);
    await hibernate(channelId);
    const [member] = await rowsOf<{ id: string; name: string }>(
      channelId,
      "SELECT user_id AS id, username AS name FROM members ORDER BY joined_at LIMIT 1",
    );
    const ann = await session({ userId: member!.id, username: member!.name });
    await hubOf(ann.userId).factsFor(channelId);
    // Nobody writes: a look at the channel does it.
    expect((await ann.call("GET", `/v1/channels/${channelId}`)).status).toBe(200);
    expect(await alarmAt(channelId)).not.toBeNull();
    await alarm(channelId, "search");
    await eventually(async () => ((await indexedChannel(channelId))?.indexed_seq ?? 0) > 10, "the index");
    await expectIndexIsLog(channelId);
  });
