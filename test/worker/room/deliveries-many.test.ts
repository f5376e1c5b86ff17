import { afterEach, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { channelOf, type Person, people } from "../../support/worker/cast.ts";
import { eventually } from "../../support/worker/eventually.ts";
import { notice } from "../../support/worker/notices.ts";
import { allNotifications } from "../../support/worker/notices.ts";
import { alarm, allNotified } from "../../support/worker/projection.ts";
import { say } from "../../support/worker/reads.ts";
import { inRoom, rowsOf } from "../../support/worker/room.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("[NT6] a hub that fails while more waits for it than one call bears is left alone until its time", async () => {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const channelId = await channelOf(ann, [bob]);
  await allNotified(channelId);
  const { notify } = UserHub.prototype;
  let [fails, tries] = [true, 0];
  vi.spyOn(UserHub.prototype, "notify").mockImplementation(function (this: UserHub, ...args) {
    const { ctx } = this as unknown as { ctx: DurableObjectState };
    // Past so many it is a loop without an end, which would take the whole process along.
    if (ctx.id.name !== bob.userId || !fails || ++tries > 20) return notify.apply(this, args);
    throw new Error("no answer");
  });
  await inRoom(channelId, (_, { storage: { sql } }) => {
    for (let seq = 1_000; seq < 1_450; seq++)
      sql.exec(
        "INSERT INTO deliveries (user_id, seq, notice, at) VALUES (?, ?, ?, ?)",
        bob.userId,
        seq,
        JSON.stringify(notice(seq, { messageId: newId("msg"), actorId: ann.userId })),
        Date.now(),
      );
  });
  await say(ann, channelId, `@${bob.username}`);
  const left = async () =>
    (
      await rowsOf<{ n: number; due: number; attempts: number }>(
        channelId,
        "SELECT count(*) AS n, sum(at <= ?) AS due, min(attempts) AS attempts FROM deliveries",
        Date.now(),
      )
    )[0];
  await eventually(async () => ((await left())?.attempts ?? 0) >= 1, "the first failure");
  expect(tries).toBeLessThanOrEqual(2);
  expect(await left()).toMatchObject({ n: 451, due: 0 });
  const triedBefore = tries;
  await say(ann, channelId, `@${bob.username}, once more`);
  await eventually(async () => (await left())?.n === 452, "what came meanwhile waits too");
  expect([tries, (await left())?.due]).toEqual([triedBefore, 0]);
  fails = false;
  await alarm(channelId, "deliveries");
  vi.useRealTimers();
  await allNotified(channelId);
  const seqs = (await allNotifications(bob)).map(({ channelSeq }) => channelSeq).toReversed();
  expect(seqs.slice(1)).toEqual([4, 5, ...Array.from({ length: 450 }, (_, at) => 1_000 + at)]);
});
