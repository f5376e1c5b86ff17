import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { channelOf, type Person, people } from "../../support/worker/cast.ts";
import { interceptDatabase, isPersonal, recordRows, restoreDatabase } from "../../support/worker/database.ts";
import { allRecorded } from "../../support/worker/projection.ts";
import { answer, say } from "../../support/worker/reads.ts";
import { inRoom } from "../../support/worker/room.ts";

afterEach(restoreDatabase);

test("[RS5] [TH5] who reads a thread costs D1 their own row, however many follow it; a reply sets it right for all", async () => {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const channelId = await channelOf(ann, [bob]);
  const root = await say(ann, channelId, "root");
  const reply = await answer(bob, channelId, root.id, "reply");
  await inRoom(channelId, (_, { storage: { sql } }) => {
    for (let n = 0; n < 300; n++)
      sql.exec(
        "INSERT INTO followers (root_id, user_id, following, last_read_seq, since_seq, rev) VALUES (?, ?, 1, ?, 1, ?)",
        root.id,
        newId("usr"),
        reply.seq,
        1_000 + n,
      );
    sql.exec("UPDATE revisions SET rev = 1299");
  });
  await abortAllDurableObjects();
  const read = (seq: number) =>
    ann.call("PUT", `/v1/channels/${channelId}/messages/${root.id}/thread/read`, { seq });
  await read(reply.seq);
  await allRecorded(channelId);
  let written = 0;
  interceptDatabase(async (trip) => {
    const result = await trip.run();
    if (isPersonal(trip)) for (const { meta } of result as D1Result[]) written += meta.rows_written;
    return result;
  });
  await read(root.seq);
  await allRecorded(channelId);
  expect(written).toBeGreaterThan(0);
  expect(written).toBeLessThan(20);
  const unread = async () =>
    (
      await recordRows<{ n: number }>(
        "SELECT sum(has_unread) AS n FROM thread_followers WHERE root_id = ?",
        root.id,
      )
    )[0]?.n;
  expect(await unread(), "Ann's alone").toBe(1);
  await answer(bob, channelId, root.id, "another");
  await allRecorded(channelId);
  expect(await unread(), "of all but who wrote it").toBe(301);
});
