import fc from "fast-check";
import { expect, test } from "vitest";
import { EventLog } from "../../../src/durable/event-log.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { inRoom } from "../../support/worker/objects/room-object.ts";

type Step =
  | { kind: "append"; bytes: number; forProjections: boolean; isRolledBack: boolean }
  | { kind: "redact"; back: number }
  | { kind: "read"; back: number; limit: number; maxBytes: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("append" as const),
      bytes: fc.nat(300),
      forProjections: fc.boolean(),
      isRolledBack: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("redact" as const), back: fc.nat(12) }),
    fc.record({
      kind: fc.constant("read" as const),
      back: fc.integer({ min: -2, max: 12 }),
      limit: fc.integer({ min: 1, max: 8 }),
      maxBytes: fc.nat(1_500),
    }),
  ),
  { minLength: 5, maxLength: 40 },
);

test("[RM2] [LG7] events read from memory equal those in storage, after any step", async () => {
  const channel = await createChannelFor(await createUser("ann"));
  await inRoom(channel, (_, { storage }) => {
    const { sql } = storage;
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 900, 100_000), (sequence, recentBytes) => {
        const [log, stored] = [new EventLog(sql, { recentBytes }), new EventLog(sql)];
        for (const step of sequence) {
          if (step.kind === "append") {
            try {
              storage.transactionSync(() => {
                log.append({
                  at: Date.now(),
                  type: "messageCreate",
                  actorId: "usr_x",
                  data: `{"text":"${"x".repeat(step.bytes)}"}`,
                  projectionData: step.forProjections ? '{"a":1}' : null,
                  subject: "msg_x",
                });
                if (step.isRolledBack) throw new Error("rolled back");
              });
            } catch {
              log.invalidate();
            }
          } else if (step.kind === "redact")
            log.redact(Math.max(1, log.head - step.back), "none", () => '{"text":""}');
          stored.invalidate();
          const after = Math.max(0, log.head - ("back" in step ? step.back : 3));
          const { limit, maxBytes } = step.kind === "read" ? step : { limit: 5, maxBytes: 10_000 };
          expect(log.read(after, limit, maxBytes)).toEqual(stored.read(after, limit, maxBytes));
        }
      }),
      { numRuns: 60 },
    );
  });
});
