import { z } from "zod";
import { Channel, channelParams } from "./channels.ts";
import { ChannelId, Limit, SeqParam, Seq, snapshot, Timestamp } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { Member } from "./members.ts";
import { Message, ThreadSummary } from "./messages.ts";
import { Pin } from "./pins.ts";
import { ReactionChange } from "./reactions.ts";

/** What the log of a channel holds: results, not deltas, and no viewer's own view, so that one frame serves all. */
export const roomEvents = {
  channelCreate: z.object({ channel: Channel }),
  channelUpdate: z.object({ channel: Channel }),
  /** Archived. */
  channelDelete: z.object({ channel: Channel }),
  memberJoin: z.object({ member: Member }),
  memberLeave: z.object({ member: Member }),
  memberUpdate: z.object({ member: Member }),
  messageCreate: z.object({ message: Message }),
  messageUpdate: z.object({ message: Message }),
  messageDelete: z.object({ message: Message }),
  messagePin: Pin,
  messageUnpin: Pin,
  reactionAdd: ReactionChange,
  reactionRemove: ReactionChange,
  /** A reply, and what its root then says of the thread. */
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

/** A logged event as it goes on the wire. */
export const EventEnvelope = z.union(envelopes).meta({ id: "EventEnvelope" });
export type EventEnvelope = {
  [T in EventType]: { type: T; channelId: string; seq: number; at: string; data: EventData<T> };
}[EventType];

export const EventPage = z.object({ events: z.array(EventEnvelope), ...snapshot, hasMore: z.boolean() });

export const getChannelEvents = endpoint({
  method: "get",
  path: "/v1/channels/:channelId/events",
  tag: "channels",
  auth: "user",
  summary: "The log itself, from the room: repairs a `gap`",
  params: channelParams,
  query: z.strictObject({ after: SeqParam.default(0), limit: Limit }),
  action: "readChannel",
  status: 200,
  response: EventPage,
  errors: [],
});
