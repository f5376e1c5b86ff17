import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isFatal,
  parseFrame,
  readTrustedFrame,
  serializeFrame,
  validateFrame,
} from "../../../src/sockets/client-frame.ts";
import { errorEnvelope, ackEnvelope } from "../../../src/sockets/replies.ts";
import { packFrames } from "../../../src/durable/pack-frames.ts";
import { bodyHash } from "../../../src/durable/idempotency-keys.ts";
import { commands, type Command, controlTypes, ServerEnvelope } from "../../../src/protocol/index.ts";

const channelId = "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const messageId = "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV";

test("[RM12] frames hold all envelopes in order, within the bound if possible", () => {
  const envelope = fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => JSON.stringify({ text }));
  fc.assert(
    fc.property(
      fc.array(envelope, { maxLength: 40 }),
      fc.integer({ min: 10, max: 400 }),
      (envelopes, maxBytes) => {
        const frames = packFrames(envelopes, maxBytes);
        expect(
          frames.flatMap(({ text }) => (JSON.parse(text) as object[]).map((item) => JSON.stringify(item))),
        ).toEqual(envelopes);
        for (const { text, bytes } of frames) {
          expect(bytes).toBe(Buffer.byteLength(text));
          if ((JSON.parse(text) as object[]).length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes);
        }
        for (const [index, { bytes }] of frames.slice(1).entries()) {
          const first = Buffer.byteLength(
            JSON.stringify((JSON.parse(frames[index + 1]!.text) as object[])[0]),
          );
          expect(
            frames[index]!.bytes + 1 + first,
            "no frame is cut before it is full",
          ).toBeGreaterThanOrEqual(maxBytes);
          expect(bytes).toBeGreaterThan(2);
        }
      },
    ),
  );
});

test("[RM12] nothing to send is no frame, and a frame is full at 256 KiB", () => {
  expect(packFrames([])).toEqual([]);
  const item = JSON.stringify("x".repeat(1_021));
  const frames = packFrames(Array.from({ length: 300 }, () => item));
  expect(frames.map(({ bytes }) => bytes <= 256 * 1_024)).toEqual([true, true]);
  expect(frames[0]!.bytes).toBeGreaterThan(255 * 1_024);
});

/** Values near the bounds of what a field accepts, and wrong ones. */
const near = (max: number) =>
  fc.oneof(
    fc.constantFrom(undefined, null, "", "a", "\0", "a\uD800", "😀", 7, 1.5, 2 ** 53, [], {}, true),
    fc.constantFrom(max - 1, max, max + 1).map((length) => "x".repeat(length)),
    fc.constantFrom(max / 2, max / 2 + 1, max, max + 1).map((length) => "😀".repeat(length)),
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  );

test("[RM11] a plain message is read as its schemas read it, near all bounds", () => {
  const frames = fc.record(
    {
      id: near(64),
      type: fc.constantFrom("messageCreate", "messageCreate", "messageCreate", "threadCreate", "ping", 7),
      channelId: fc.constantFrom(undefined, channelId, channelId, "chn_1", `${channelId}\n`, null, 7),
      data: fc.oneof(
        fc.record({ content: near(8_000), nonce: near(64) }, { requiredKeys: [] }),
        fc.record({ content: near(8_000), fileIds: fc.constantFrom([], ["fil_x"]), __proto__: near(8) }),
        fc.constantFrom(undefined, null, [], "x"),
      ),
      extra: fc.constantFrom(undefined, undefined, undefined, 1),
    },
    { requiredKeys: ["type"] },
  );
  const outcome = (read: () => unknown): unknown => {
    try {
      return read();
    } catch {
      return "invalid";
    }
  };
  let valid = 0;
  fc.assert(
    fc.property(frames, (frame) => {
      const text = JSON.stringify(frame);
      const parsed = parseFrame(text);
      const expected = outcome(() => validateFrame(JSON.parse(text)));
      expect(parsed.kind === "invalid" ? "invalid" : parsed).toStrictEqual(expected);
      if (parsed.kind === "command") valid++;
    }),
    { numRuns: 2_000 },
  );
  expect(valid).toBeGreaterThan(40);
});

const carried = (result: object, deduplicated = false) => ({
  ok: true as const,
  value: { json: JSON.stringify(result), deduplicated },
});

test("[RM3] an ack is JSON with id, result, nonce and `deduplicated` in place", () => {
  const id = fc.option(fc.oneof(fc.integer(), fc.string({ minLength: 1, maxLength: 64, unit: "binary" })), {
    nil: undefined,
  });
  const nonce = fc.option(fc.string({ minLength: 1, maxLength: 64, unit: "grapheme" }), { nil: undefined });
  fc.assert(
    fc.property(
      id,
      nonce,
      fc.boolean(),
      fc.dictionary(fc.constantFrom("message", "member", "channel"), fc.jsonValue()),
      (frameId, nonce, deduplicated, result) => {
        const command = {
          type: "messageCreate",
          data: { content: "x", ...(nonce !== undefined && { nonce }) },
        } as Command;
        const reply = JSON.parse(ackEnvelope(frameId, command, carried(result, deduplicated)));
        const data = {
          ...(JSON.parse(JSON.stringify(result)) as object),
          ...(nonce !== undefined && { nonce }),
          ...(deduplicated && { deduplicated: true }),
        };
        expect(reply).toEqual({ type: "ack", ...(frameId !== undefined && { id: frameId }), data });
      },
    ),
  );
});

test("[RM1] an empty ack and an error are frames of the protocol", () => {
  const command = { type: "memberLeave", data: {} } as Command;
  const ack = JSON.parse(ackEnvelope("x", command, carried({})));
  const error = JSON.parse(
    ackEnvelope(7, command, {
      ok: false,
      problem: { code: "unavailable", detail: 'too "much"', retryAfterMs: 1_000 },
    }),
  );
  for (const item of [ack, error]) expect(ServerEnvelope.parse(item)).toEqual(item);
  expect(error).toMatchObject({
    type: "error",
    id: 7,
    error: { status: 503, code: "unavailable", retryAfterMs: 1_000 },
  });
});

test("[GW2] the error to a `subscribe` names the channel, other errors none", () => {
  const rejection = { code: "not_found", detail: "No such channel" } as const;
  const named = JSON.parse(errorEnvelope(1, rejection, channelId));
  expect(named).toMatchObject({ type: "error", id: 1, channelId, error: { code: "not_found" } });
  expect(ServerEnvelope.parse(named)).toEqual(named);
  expect(JSON.parse(errorEnvelope(undefined, rejection))).not.toHaveProperty("channelId");
});

test("[RM11] any input parses to a known frame or to an invalid one", () => {
  const types = [...Object.keys(commands), ...controlTypes, "nonsense", "__proto__", "constructor"];
  const frame = fc.record(
    {
      id: fc.oneof(fc.jsonValue(), fc.integer()),
      type: fc.oneof(fc.constantFrom(...types), fc.jsonValue()),
      channelId: fc.oneof(fc.constant(channelId), fc.jsonValue()),
      data: fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            content: fc.string(),
            nonce: fc.string(),
            messageId: fc.constant(messageId),
            bytes: fc.integer(),
            userId: fc.string(),
            since: fc.oneof(fc.integer(), fc.constantFrom(2 ** 53 - 1, 2 ** 53, 1e300, -0, 0.5)),
            epoch: fc.string(),
            idle: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
      ),
    },
    { requiredKeys: [] },
  );
  const message = fc.oneof(
    fc.string(),
    fc.json(),
    frame.map((value) => JSON.stringify(value)),
    fc.uint8Array().map(({ buffer }) => buffer as ArrayBuffer),
  );
  fc.assert(
    fc.property(message, (text) => {
      const parsed = parseFrame(text);
      if (parsed.kind === "invalid") {
        expect(["validation_failed", "payload_too_large"]).toContain(parsed.error.code);
        expect(["undefined", "string", "number"]).toContain(typeof parsed.id);
        return;
      }
      if (parsed.kind === "command") expect(Object.keys(commands)).toContain(parsed.command.type);
      else expect(controlTypes).toContain(parsed.kind);
      expect(readTrustedFrame(serializeFrame(parsed)), "what the room reads from a gateway").toEqual(parsed);
    }),
    { numRuns: 2_000 },
  );
});

test("[RM11] a frame over 1 MiB is too large, as text or binary", () => {
  const MiB = 1024 * 1024;
  for (const fine of ["", "x".repeat(MiB), "€".repeat(MiB / 4), new ArrayBuffer(MiB)])
    expect(isFatal(fine)).toBe(false);
  for (const tooBig of ["x".repeat(MiB + 1), "€".repeat(MiB / 3 + 1), new ArrayBuffer(MiB + 1)])
    expect(isFatal(tooBig)).toBe(true);
});

test("[NC2] [NC5] a body's hash depends on command and content, not on the nonce", () => {
  const hash = bodyHash("messageCreate", { content: "a" });
  expect(hash).toMatch(/^[\w-]{22}$/);
  expect(bodyHash("messageCreate", { content: "a", nonce: "n" })).toBe(hash);
  expect(bodyHash("messageCreate", { content: "b" })).not.toBe(hash);
  expect(bodyHash("threadCreate", { content: "a" })).not.toBe(hash);
  expect(bodyHash("messageCreate", { content: "a", fileIds: [] })).not.toBe(hash);
});
