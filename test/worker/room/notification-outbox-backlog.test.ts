import { afterEach, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { postMessage } from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createNotice, listAllNotifications } from "../../support/worker/fixtures/notices.ts";
import { runScheduledTask, waitForNotifications } from "../../support/worker/objects/projection.ts";
import { inRoom, roomRows } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("[NT6] a failing hub with a large backlog is left alone until its retry", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await waitForNotifications(channelId);
  const { receiveNotices } = UserHub.prototype;
  let [fails, tries] = [true, 0];
  vi.spyOn(UserHub.prototype, "receiveNotices").mockImplementation(function (this: UserHub, ...args) {
    const { ctx } = this as unknown as { ctx: DurableObjectState };
    // More calls mean an endless loop, which would crash the whole process.
    if (ctx.id.name !== bob.userId || !fails || ++tries > 20) return receiveNotices.apply(this, args);
    throw new Error("no answer");
  });
  await inRoom(channelId, (_, { storage: { sql } }) => {
    for (let seq = 1_000; seq < 1_450; seq++)
      sql.exec(
        "INSERT INTO deliveries (user_id, seq, notice, at) VALUES (?, ?, ?, ?)",
        bob.userId,
        seq,
        JSON.stringify(createNotice(seq, { messageId: newId("msg"), actorId: ann.userId })),
        Date.now(),
      );
  });
  await postMessage(ann, channelId, `@${bob.username}`);
  const left = async () =>
    (
      await roomRows<{ n: number; due: number; attempts: number }>(
        channelId,
        "SELECT count(*) AS n, sum(at <= ?) AS due, min(attempts) AS attempts FROM deliveries",
        Date.now(),
      )
    )[0];
  await eventually(async () => ((await left())?.attempts ?? 0) >= 1, "the first failure");
  expect(tries).toBeLessThanOrEqual(2);
  expect(await left()).toMatchObject({ n: 451, due: 0 });
  const triedBefore = tries;
  await postMessage(ann, channelId, `@${bob.username}, once more`);
  await eventually(async () => (await left())?.n === 452, "what came meanwhile waits too");
  expect([tries, (await left())?.due]).toEqual([triedBefore, 0]);
  fails = false;
  await runScheduledTask(channelId, "deliveries");
  vi.useRealTimers();
  await waitForNotifications(channelId);
  const seqs = (await listAllNotifications(bob)).map(({ channelSeq }) => channelSeq).toReversed();
  expect(seqs.slice(1)).toEqual([4, 5, ...Array.from({ length: 450 }, (_, at) => 1_000 + at)]);
});
