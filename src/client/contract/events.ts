// Generated from src/protocol/events.ts by `npm run docs`. Do not edit.

import type { Endpoint } from "../endpoint.ts";
import type { Channel } from "./channels.ts";
import type { ChannelId, Epoch, Seq, Timestamp } from "./common.ts";
import type { Member } from "./members.ts";
import type { Message, ThreadSummary } from "./messages.ts";
import type { Pin } from "./pins.ts";
import type { ReactionChange } from "./reactions.ts";

/** A logged event as clients receive it. */
export type EventEnvelope =
  | ChannelCreateEvent
  | ChannelUpdateEvent
  | ChannelDeleteEvent
  | MemberJoinEvent
  | MemberLeaveEvent
  | MemberUpdateEvent
  | MessageCreateEvent
  | MessageUpdateEvent
  | MessageDeleteEvent
  | MessagePinEvent
  | MessageUnpinEvent
  | ReactionAddEvent
  | ReactionRemoveEvent
  | ThreadCreateEvent
  | ThreadUpdateEvent
  | ThreadDeleteEvent;

export interface ChannelCreateEvent {
  type: "channelCreate";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    channel: Channel;
  };
}

export interface ChannelUpdateEvent {
  type: "channelUpdate";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    channel: Channel;
  };
}

export interface ChannelDeleteEvent {
  type: "channelDelete";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    channel: Channel;
  };
}

export interface MemberJoinEvent {
  type: "memberJoin";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    member: Member;
  };
}

export interface MemberLeaveEvent {
  type: "memberLeave";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    member: Member;
  };
}

export interface MemberUpdateEvent {
  type: "memberUpdate";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    member: Member;
  };
}

export interface MessageCreateEvent {
  type: "messageCreate";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    message: Message;
  };
}

export interface MessageUpdateEvent {
  type: "messageUpdate";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    message: Message;
  };
}

export interface MessageDeleteEvent {
  type: "messageDelete";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    message: Message;
  };
}

export interface MessagePinEvent {
  type: "messagePin";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: Pin;
}

export interface MessageUnpinEvent {
  type: "messageUnpin";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: Pin;
}

export interface ReactionAddEvent {
  type: "reactionAdd";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: ReactionChange;
}

export interface ReactionRemoveEvent {
  type: "reactionRemove";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: ReactionChange;
}

export interface ThreadCreateEvent {
  type: "threadCreate";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    message: Message;
    thread: ThreadSummary;
  };
}

export interface ThreadUpdateEvent {
  type: "threadUpdate";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    message: Message;
  };
}

export interface ThreadDeleteEvent {
  type: "threadDelete";
  channelId: ChannelId;
  seq: Seq;
  at: Timestamp;
  data: {
    message: Message;
    thread: ThreadSummary | null;
  };
}

export interface GetChannelEventsInput {
  params: {
    channelId: ChannelId;
  };
  query?: GetChannelEventsQuery;
}

export interface GetChannelEventsQuery {
  /** Default: 0. */
  after?: number;
  /** 1 to 100. Default: 50. */
  limit?: number;
}

export interface EventPage {
  events: EventEnvelope[];
  seq: Seq;
  epoch: Epoch;
  hasMore: boolean;
}

/**
 * List the events of a channel's log, read from the channel object itself. Use it to fill a `gap`.
 *
 * `GET /v1/channels/:channelId/events`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getChannelEvents: Endpoint<GetChannelEventsInput, EventPage> = {
  method: "GET",
  path: "/v1/channels/:channelId/events",
  idempotent: true,
  pages: "events",
};

export const eventTypes = [
  "channelCreate",
  "channelUpdate",
  "channelDelete",
  "memberJoin",
  "memberLeave",
  "memberUpdate",
  "messageCreate",
  "messageUpdate",
  "messageDelete",
  "messagePin",
  "messageUnpin",
  "reactionAdd",
  "reactionRemove",
  "threadCreate",
  "threadUpdate",
  "threadDelete",
] as const;

export type EventType = EventEnvelope["type"];

export type EventData<T extends EventType> = Extract<EventEnvelope, { type: T }>["data"];
