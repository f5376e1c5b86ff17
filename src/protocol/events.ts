import { z } from "zod";
import { Channel, channelParams } from "./channels.ts";
import { ChannelId, Limit, SeqParam, Seq, snapshot, Timestamp, UserId } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { Member } from "./members.ts";
import { Message, ThreadSummary } from "./messages.ts";
import { Pin } from "./pins.ts";
import { ReactionChange } from "./reactions.ts";

/**
 * The events of a channel's log. They carry results rather than deltas, and nothing that depends on the reader (such as `me`), so that
 * one serialized frame serves all subscribers.
 */
export const roomEvents = {
  channelCreate: z.object({ channel: Channel }),
  channelUpdate: z.object({ channel: Channel }),
  /** The channel was archived. */
  channelDelete: z.object({ channel: Channel }),
  memberJoin: z.object({ member: Member }),
  memberLeave: z.object({ member: Member }),
  memberUpdate: z.object({ member: Member }),
  memberMute: z.object({ member: Member }),
  memberUnmute: z.object({ member: Member }),
  messageCreate: z.object({ message: Message }),
  messageUpdate: z.object({ message: Message }),
  messageDelete: z.object({ message: Message }),
  messagePin: Pin,
  messageUnpin: Pin,
  reactionAdd: ReactionChange,
  reactionRemove: ReactionChange,
  /** A reply, with the thread summary that its root message then has. */
  threadCreate: z.object({ message: Message, thread: ThreadSummary }),
  threadUpdate: z.object({ message: Message }),
  threadDelete: z.object({ message: Message, thread: ThreadSummary.nullable() }),
} as const satisfies Record<string, z.ZodType>;

export type EventType = keyof typeof roomEvents;
export type EventData<T extends EventType> = z.output<(typeof roomEvents)[T]>;
export const eventTypes = Object.keys(roomEvents) as EventType[];

const envelopes = eventTypes.map((type) =>
  z
    .object({ type: z.literal(type), channelId: ChannelId, seq: Seq, at: Timestamp, data: roomEvents[type] })
    .meta({ id: `${type[0]?.toUpperCase()}${type.slice(1)}Event` }),
);

/** A logged event as clients receive it. */
export const EventEnvelope = z.union(envelopes).meta({ id: "EventEnvelope" });
export type EventEnvelope = {
  [T in EventType]: { type: T; channelId: string; seq: number; at: string; data: EventData<T> };
}[EventType];

const CompactMessage = z
  .array(z.union([z.int(), z.string(), z.looseObject({})]))
  .min(3)
  .max(4)
  .meta({
    description:
      "A message: the position of its author in `authors`, its `id`, its `content` and, if there are any, an object with those of its fields that differ from the defaults.",
  });
const CompactEvent = z.union([
  z.int().meta({
    description:
      "Milliseconds that pass between the event before and the event after this number. Absent if 0.",
  }),
  CompactMessage.meta({ description: "A `messageCreate` with this message." }),
  z.looseObject({ type: z.string(), data: z.looseObject({}) }).meta({
    description: "Any other event. `data.message` may be an array, as in a `messageCreate`.",
  }),
]);

/** Consecutive events of one channel in the compact form. The types and the decoder are in compact-events.ts. */
export const EventsEnvelope = z
  .object({
    type: z.literal("events"),
    channelId: ChannelId,
    seq: Seq,
    at: Timestamp,
    authors: z.array(UserId),
    events: z.array(CompactEvent).min(1),
  })
  .meta({
    id: "EventsEnvelope",
    description:
      "Consecutive events of a channel, only with the subprotocol `parley.v1.compact`. `seq` and `at` are those of the first event; `seq` grows by 1 with each event. The fields of a message that are omitted have these values: `channelId`, `seq`, `rev`, `createdAt` and `updatedAt` those of the event, `version` 1, `pinned` false, `files`, `mentions` and `reactions` empty, all others null.",
  });

export const EventPage = z.object({ events: z.array(EventEnvelope), ...snapshot, hasMore: z.boolean() });

export const getChannelEvents = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/events",
  tag: "channels",
  auth: "user",
  summary: "List the events of a channel's log, read from the channel object itself. Use it to fill a `gap`",
  params: channelParams,
  query: z.strictObject({ after: SeqParam.default(0), limit: Limit }),
  action: "readChannel",
  status: 200,
  response: EventPage,
  errors: [],
});
