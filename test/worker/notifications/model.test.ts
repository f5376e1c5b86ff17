import fc from "fast-check";
import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import {
  type ChosenPresence,
  getNotifications,
  readNotifications,
  updateUserStatus,
} from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import {
  createNotice,
  eventKeysOf,
  listAllNotifications,
  sendNotices,
} from "../../support/worker/fixtures/notices.ts";
import { evictHub, hubLog } from "../../support/worker/objects/hub-object.ts";

const channels = [newId("chn"), newId("chn")];

/** The expected state of a hub, by the rules. */
class Model {
  /** For each event of the hub's log: whether it is a notification, and of which event. */
  readonly log: (string | null)[] = [];
  held: string[] = [];
  presence: ChosenPresence = "auto";
  lastReadSeq = 0;

  get notified(): string[] {
    return this.log.filter((event) => event !== null);
  }

  get unread(): number {
    return this.log.slice(this.lastReadSeq).filter((event) => event !== null).length;
  }

  take(event: string): void {
    if (this.log.includes(event) || this.held.includes(event)) return;
    (this.presence === "dnd" ? this.held : this.log).push(event);
  }

  choose(presence: ChosenPresence): void {
    this.presence = presence;
    if (presence !== "dnd") this.log.push(...this.held.splice(0));
  }

  read(seq: number): void {
    const last = this.log.slice(0, seq).findLastIndex((event) => event !== null) + 1;
    if (last <= this.lastReadSeq) return;
    this.lastReadSeq = last;
    this.log.push(null);
  }
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("notify" as const),
      channel: fc.constantFrom(...channels),
      seqs: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("choose" as const),
      presence: fc.constantFrom<ChosenPresence>("dnd", "dnd", "auto", "away"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("read" as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "evict" as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function run(ann: TestUser, model: Model, done: Step): Promise<void> {
  if (done.type === "notify") {
    await sendNotices(ann.userId, done.channel, ...done.seqs.map((seq) => createNotice(seq)));
    for (const seq of done.seqs) model.take(`${done.channel} ${seq}`);
  } else if (done.type === "choose") {
    await expectOk(updateUserStatus, { as: ann, body: { presence: done.presence } });
    model.choose(done.presence);
  } else if (done.type === "read") {
    const seq = Math.floor(done.part * model.log.length);
    await expectOk(readNotifications, { as: ann, body: { seq } });
    model.read(seq);
  } else {
    await evictHub(ann.userId);
  }
}

test("[HB1] [HB2] [HB4] [HB5] random operations leave the hub in the expected state", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const [ann, model] = [await createUser("ann"), new Model()];
      for (const done of steps) await run(ann, model, done);
      const log = await hubLog(ann.userId);
      expect(log.map(({ seq }) => seq)).toEqual(sequenceFrom(1, model.log.length));
      expect(log.map(({ type }) => type)).toEqual(
        model.log.map((event) => (event === null ? "notificationRead" : "notificationCreate")),
      );
      for (const { seq, data } of log) if (data.notification) expect(data.notification.seq).toBe(seq);
      const { lastReadSeq, unread } = model;
      const list = await expectOk(getNotifications, { as: ann });
      expect(list).toMatchObject({ seq: log.length, lastReadSeq, unread });
      const items = await listAllNotifications(ann, 3);
      expect(eventKeysOf(items)).toEqual(model.notified);
      expect(items.filter(({ read }) => !read)).toHaveLength(unread);
      // A snapshot equals the state folded from the log.
      const told = log.flatMap(({ data }) => data.notification ?? []).toReversed();
      expect(items).toEqual(told.map((item) => Object.assign(item, { read: item.seq <= lastReadSeq })));
    }),
    { numRuns: 60, seed: 20_261_122 },
  );
});
