import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import roomThree from "../../support/releases/room-3.sql?raw";
import roomTwo from "../../support/releases/room-2.sql?raw";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectIndexMatchesLog } from "../../support/worker/assertions/search-index.ts";
import { createSession } from "../../support/worker/fixtures/accounts.ts";
import { hubStub } from "../../support/worker/objects/hub-object.ts";
import { loadSnapshot } from "../../support/worker/objects/object-snapshots.ts";
import { roomAlarmAt, runScheduledTask } from "../../support/worker/objects/projection.ts";
import { evictRoom, roomRows } from "../../support/worker/objects/room-object.ts";
import { indexedChannel } from "../../support/worker/objects/search-index.ts";

for (const [release, snapshot] of [
  [2, roomTwo],
  [3, roomThree],
] as const)
  test(`[LG10] [SR3] a room of release ${release} is indexed once it wakes`, async () => {
    const channelId = /chn_[0-9A-Z]{26}/.exec(snapshot)![0];
    await loadSnapshot(env.ROOMS.getByName(channelId), snapshot);
    await evictRoom(channelId);
    const [member] = await roomRows<{ id: string; name: string }>(
      channelId,
      "SELECT user_id AS id, username AS name FROM members ORDER BY joined_at LIMIT 1",
    );
    const ann = await createSession({ userId: member!.id, username: member!.name });
    await hubStub(ann.userId).admitAsMember(channelId);
    // Without a write: reading the channel starts it.
    expect((await ann.call("GET", `/v1/channels/${channelId}`)).status).toBe(200);
    expect(await roomAlarmAt(channelId)).not.toBeNull();
    await runScheduledTask(channelId, "search");
    await eventually(async () => ((await indexedChannel(channelId))?.indexed_seq ?? 0) > 10, "the index");
    await expectIndexMatchesLog(channelId);
  });
