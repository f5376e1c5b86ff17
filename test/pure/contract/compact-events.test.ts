import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { compactEnvelopes, type SentEvent } from "../../../src/durable/compact-events.ts";
import { eventEnvelope } from "../../../src/durable/event-log.ts";
import {
  type CompactEvents,
  EventEnvelope,
  EventsEnvelope,
  eventTypes,
  expandEvents,
  Message,
  roomEvents,
} from "../../../src/protocol/index.ts";
import { parseFrame } from "../../../src/client/server-frame.ts";

const channelId = "chn_01KAMF6Z5XJ4Q0V8T9W2B3C4D5";
const user = (n: number): string => `usr_01KAMF6Z5XJ4Q0V8T9W2B3C4D${n}`;
const startMs = Date.parse("2026-11-28T12:00:00.000Z");

const userId = fc.nat(4).map(user);
const time = fc.nat(100_000).map((ms) => new Date(startMs + ms).toISOString());
const text = fc.string({ unit: "binary", maxLength: 40 }).map((value) => value.toWellFormed());

/** Fields of a message; each has its default value or another, and `alsoInChannel` may be absent. */
const messageArbitrary = (seq: number, at: string) =>
  fc
    .record({
      id: fc.constantFrom("msg_01KAMF6Z5XJ4Q0V8T9W2B3C4D5", "msg_01KAMF6Z5XJ4Q0V8T9W2B3C4D6"),
      channelId: fc.constantFrom(channelId, "chn_01KAMF6Z5XJ4Q0V8T9W2B3C4D9"),
      seq: fc.constantFrom(seq, 3),
      rev: fc.constantFrom(seq, 4),
      authorId: userId,
      content: text,
      threadId: fc.constantFrom(null, "msg_01KAMF6Z5XJ4Q0V8T9W2B3C4D7"),
      createdAt: fc.oneof(fc.constant(at), time),
      updatedAt: fc.oneof(fc.constant(at), time),
      deletedAt: fc.oneof(fc.constant(null), time),
      version: fc.constantFrom(1, 2),
      files: fc.constantFrom([], [{ id: "fil_01KAMF6Z5XJ4Q0V8T9W2B3C4D7", name: "a.txt" }]),
      mentions: fc.oneof(fc.constant([]), fc.array(userId, { maxLength: 3 })),
      reactions: fc.constantFrom([], [{ emoji: "👍", count: 2 }]),
      thread: fc.constantFrom(null, { replyCount: 1, lastReplyAt: at, participantIds: [user(1)] }),
      pinned: fc.boolean(),
    })
    .chain((message) =>
      fc
        .record({ alsoInChannel: fc.boolean(), unknown: fc.boolean(), missing: fc.nat(60) })
        .map(({ alsoInChannel, unknown, missing }): Record<string, unknown> => {
          // A message of an earlier release lacks a field, one of a later release has another one.
          const kept = Object.entries(message).filter((_, index) => index !== missing);
          return {
            ...Object.fromEntries(kept),
            ...(alsoInChannel && { alsoInChannel: true }),
            ...(unknown && { futureField: { of: [1, null, {}] } }),
          };
        }),
    );

const otherData = fc.record({
  member: fc.record({ userId, role: fc.constantFrom("owner", "member") }),
  emoji: fc.constantFrom("👍", '"'),
  count: fc.nat(),
  deep: fc.jsonValue(),
});

type Made = { type: string; data: object; passedMs: number };

const eventArbitrary = (seq: number, at: string): fc.Arbitrary<Omit<Made, "passedMs">> => {
  const message = messageArbitrary(seq, at);
  const thread = fc.constantFrom(null, { replyCount: 2, lastReplyAt: at, participantIds: [] });
  return fc.oneof(
    fc.record({
      type: fc.constantFrom("messageCreate", "messageUpdate", "messageDelete", "futureEvent"),
      data: fc.record({ message }),
    }),
    fc.record({
      type: fc.constantFrom("threadCreate", "threadDelete", "messageCreate"),
      data: fc.record({ message, thread }),
    }),
    fc.record({ type: fc.constantFrom(...eventTypes, "future"), data: otherData }),
    fc.record({ type: fc.constant("messageDelete"), data: fc.constant({ message: null }) }),
  );
};

/** Consecutive events of a channel from `seq` on; with `holes` some numbers are left out. */
const eventsArbitrary = (holes = false): fc.Arbitrary<SentEvent[]> =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 1, 86_400_000), fc.boolean()), {
        minLength: 1,
        maxLength: 8,
      }),
    )
    .chain(([first, steps]) => {
      let [seq, at] = [first, startMs];
      const rows = steps.map(([passedMs, skips]) => {
        at += passedMs;
        seq += skips && holes ? 2 : 1;
        return { seq, at };
      });
      return fc.tuple(
        ...rows.map(({ seq, at }) =>
          fc
            .tuple(eventArbitrary(seq, new Date(at).toISOString()), fc.boolean())
            .map(([{ type, data }, isLive]): SentEvent => ({
              seq,
              at,
              type,
              data: JSON.stringify(data),
              ...(isLive && { content: data }),
            })),
        ),
      );
    });

const plain = (events: readonly SentEvent[]): unknown[] =>
  events.map((event) => JSON.parse(eventEnvelope(event, channelId)) as unknown);
const restored = (envelopes: readonly string[]): unknown[] =>
  envelopes.flatMap((envelope) => expandEvents(JSON.parse(envelope) as CompactEvents));

describe("the compact form of events", () => {
  test("[RM17] restores exactly the plain envelopes, whatever the events contain", () => {
    fc.assert(
      fc.property(eventsArbitrary(), (events) => {
        const envelopes = compactEnvelopes(events, channelId);
        expect(envelopes).toHaveLength(1);
        expect(restored(envelopes)).toStrictEqual(plain(events));
        expect(() => EventsEnvelope.parse(JSON.parse(envelopes[0]!))).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });

  test("[RM17] splits events at holes of `seq` and at the size of a frame", () => {
    fc.assert(
      fc.property(eventsArbitrary(true), fc.integer({ min: 1, max: 2_000 }), (events, maxBytes) => {
        const envelopes = compactEnvelopes(events, channelId, maxBytes);
        expect(restored(envelopes)).toStrictEqual(plain(events));
        for (const envelope of envelopes) {
          const { events: items } = JSON.parse(envelope) as CompactEvents;
          const count = items.filter((item) => typeof item !== "number").length;
          expect(Buffer.byteLength(envelope) <= maxBytes || count === 1).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("[RM17] of no events is empty", () => {
    expect(compactEnvelopes([], channelId)).toEqual([]);
  });

  test("[RM17] has the bytes of the plain form after restoring a new message", () => {
    const at = new Date(startMs).toISOString();
    const message = newMessage(42, at, "hello");
    const event = { seq: 42, at: startMs, type: "messageCreate", data: JSON.stringify({ message }) };
    const [envelope] = compactEnvelopes([event], channelId);
    expect(JSON.stringify(expandEvents(JSON.parse(envelope!))[0])).toBe(eventEnvelope(event, channelId));
  });

  test("[RM17] takes a fifth of the bytes of 250 short messages", () => {
    const at = new Date(startMs).toISOString();
    const events = Array.from({ length: 250 }, (_, index) => {
      const message = newMessage(
        index + 1,
        at,
        "a message of sixty characters, which is about the usual one",
      );
      return { seq: index + 1, at: startMs, type: "messageCreate", data: JSON.stringify({ message }) };
    });
    const [compact, ...more] = compactEnvelopes(events, channelId);
    expect(more).toEqual([]);
    const bytes = events.reduce((sum, event) => sum + eventEnvelope(event, channelId).length, 0);
    expect(compact!.length / bytes).toBeLessThan(0.2);
  });

  test("[RM17] omits exactly the fields of a message of this release", () => {
    // A new field of messages is sent to older clients among `others`, so it must not become a default of this subprotocol.
    const omitted = Object.keys(newMessage(1, new Date(startMs).toISOString(), ""));
    const required = Object.entries(Message.shape)
      .filter(([, schema]) => !schema.safeParse(undefined).success)
      .map(([name]) => name);
    expect(omitted).toEqual(required);
  });
});

/** A message as `messageCreate` creates it, with all defaults. */
const newMessage = (seq: number, at: string, content: string) => {
  const id = "msg_01KAMF6Z5XJ4Q0V8T9W2B3C4D5";
  const [event] = expandEvents({
    type: "events",
    channelId,
    seq,
    at,
    authors: [user(1)],
    events: [[0, id, content]],
  });
  return (event as { data: { message: Message } }).data.message;
};

test("[RM17] the client accepts both forms in one frame, and unknown envelopes", () => {
  const reaction = { messageId: "msg_01KAMF6Z5XJ4Q0V8T9W2B3C4D5", emoji: "👍", userId: user(1), count: 1 };
  const event = { seq: 7, at: startMs, type: "reactionAdd", data: JSON.stringify(reaction) };
  const [compact] = compactEnvelopes([event], channelId);
  const future = '{"type":"future","channelId":7}';
  const envelope = eventEnvelope(event, channelId);
  expect(parseFrame(`[${envelope},${compact},${future}]`)).toEqual(
    [envelope, envelope, future].map((text) => JSON.parse(text) as unknown),
  );
  expect(EventEnvelope.safeParse(JSON.parse(envelope)).success).toBe(true);
});

test.each(['[{"type":"events"}]', '[{"type":"events","events":7}]', '[{"type":"events","events":[null]}]'])(
  "[RM17] the client rejects the malformed frame %s",
  (frame) => {
    expect(parseFrame(frame)).toBeNull();
  },
);

test("[RM17] every event whose data has a message is one that the generator covers", () => {
  const withMessage = eventTypes.filter((type) => "message" in (roomEvents[type] as z.ZodObject).shape);
  expect(withMessage).toEqual([
    "messageCreate",
    "messageUpdate",
    "messageDelete",
    "threadCreate",
    "threadUpdate",
    "threadDelete",
  ]);
});
