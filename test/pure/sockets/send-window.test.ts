import fc from "fast-check";
import { expect, test } from "vitest";
import { SendWindow } from "../../../src/sockets/send-window.ts";

const MiB = 1024 * 1024;

test("[LM2] a client is slow from 2 MiB on, until it confirms", () => {
  const unconfirmed = new SendWindow();
  unconfirmed.sent(2 * MiB - 1);
  expect(unconfirmed.isSlow).toBe(false);
  unconfirmed.sent(1);
  expect(unconfirmed.isSlow).toBe(true);
  unconfirmed.confirm(1);
  expect(unconfirmed.isSlow).toBe(false);
});

test("[RM15] a client is too slow past 8 MiB", () => {
  const unconfirmed = new SendWindow();
  unconfirmed.sent(8 * MiB);
  expect(unconfirmed.isTooSlow).toBe(false);
  unconfirmed.sent(1);
  expect(unconfirmed.isTooSlow).toBe(true);
});

test("[LM2] confirming more than was sent gains nothing", () => {
  const step = fc.oneof(
    fc.record({ sent: fc.nat(4 * MiB) }),
    fc.record({ confirm: fc.oneof(fc.nat(4 * MiB), fc.constant(Number.MAX_SAFE_INTEGER)) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const unconfirmed = new SendWindow();
      let expected = 0;
      for (const step of steps) {
        if ("sent" in step) {
          unconfirmed.sent(step.sent);
          expected += step.sent;
        } else {
          unconfirmed.confirm(step.confirm);
          expected = Math.max(0, expected - step.confirm);
        }
        expect(unconfirmed.unconfirmedBytes).toBe(expected);
      }
    }),
  );
});
