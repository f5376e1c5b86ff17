import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { postMessage, postReply } from "../../support/worker/clients/messages.ts";
import {
  interceptDatabase,
  isMemberStateBatch,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";
import { inRoom } from "../../support/worker/objects/room-object.ts";

afterEach(restoreDatabases);

test("[RS5] [TH5] reading a thread costs D1 one row, however many followers it has", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const root = await postMessage(ann, channelId, "root");
  const reply = await postReply(bob, root, "reply");
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
  await waitForProjections(channelId);
  let written = 0;
  interceptDatabase(async (trip) => {
    const result = await trip.run();
    if (isMemberStateBatch(trip)) for (const { meta } of result as D1Result[]) written += meta.rows_written;
    return result;
  });
  await read(root.seq);
  await waitForProjections(channelId);
  expect(written).toBeGreaterThan(0);
  expect(written).toBeLessThan(20);
  const unread = async () =>
    (
      await databaseRows<{ n: number }>(
        "SELECT sum(has_unread) AS n FROM thread_followers WHERE root_id = ?",
        root.id,
      )
    )[0]?.n;
  expect(await unread(), "Ann's alone").toBe(1);
  await postReply(bob, root, "another");
  await waitForProjections(channelId);
  expect(await unread(), "of all but who wrote it").toBe(301);
});
