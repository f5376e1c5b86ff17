import type { Channel, ChannelRole, EventData, EventType, Member, Message } from "../protocol/index.ts";
import type { Actor, UserFacts } from "./actor.ts";
import { refuse } from "./app-error.ts";
import type { IdPrefix } from "./ids.ts";
import { type Action, checkPermissions } from "./permissions.ts";

/** All that a decision may read: the room's own state at one moment, the clock included. */
export interface RoomState {
  readonly channel: Channel;
  /** The use of the channel's name in D1's table of names. */
  readonly nameClaim: string | null;
  /** The `seq` that the next event gets. */
  readonly nextSeq: number;
  /** The moment of the decision, never before that of an earlier event. */
  readonly at: string;
  /** The clock's own word for that moment, which may have gone back: for what is measured against other clocks. */
  readonly nowMs: number;
  newId(prefix: IdPrefix): string;
  member(userId: string): Member | undefined;
  /** As `member`, but suspended ones too: they may nothing, and can be removed. */
  seat(userId: string): Member | undefined;
  /** How many owners the channel has, counted up to 2. */
  ownerCount(): number;
  /** As it is now, with everything that a reader sees of it. */
  message(messageId: string): Message | undefined;
}

/** What happened: an event of the wire, and what only the log and its sinks are told. */
export type RoomEvent = {
  [T in EventType]: {
    type: T;
    data: EventData<T>;
    /** For projections, never sent to a client. */
    forSinks?: SinkData;
    /** The message whose deletion redacts this event, where its own `seq` does not tell. */
    subject?: string;
  };
}[EventType];

export interface SinkData {
  /** What a message said before this edit. */
  previous?: { version: number; content: string; at: string };
  /** The name now held, and the one let go. */
  claim?: string;
  releasedClaim?: string;
  /** What the room knows of a new member. */
  facts?: UserFacts;
}

/** Events, and what the sender is told: the first event's data unless something else is given. */
export interface Decision {
  events: RoomEvent[];
  result: object;
}

export const happened = (first: RoomEvent, ...more: RoomEvent[]): Decision => ({
  events: [first, ...more],
  result: first.data,
});

/** For what was so already: nothing is logged, and the sender is told how it is. */
export const unchanged = (result: object): Decision => ({ events: [], result });

/** Refuses as the table of permissions says: with 404 where the actor may not know of the channel. */
export function require(
  room: RoomState,
  actor: Actor,
  action: Action,
  more: { isAuthor?: boolean; detail?: string } = {},
): void {
  const channelRole: ChannelRole | null = room.member(actor.userId)?.role ?? null;
  const standing = {
    workspaceRole: actor.role,
    channelRole,
    channelType: room.channel.type,
    isAuthor: more.isAuthor ?? false,
  };
  if (checkPermissions(action, standing)) return;
  if (!checkPermissions("readChannel", standing)) refuse("not_found", "No such channel");
  refuse(
    "forbidden",
    more.detail ?? (channelRole ? "Your role in this channel does not allow it" : "Join the channel first"),
  );
}
