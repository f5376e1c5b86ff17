import type {
  EventType,
  SubscriptionFormatName,
  SubscriptionState,
  SubscriptionStateReason,
  WorkspaceRole,
} from "../protocol/index.ts";

/** What its owner chose. Times are in ms since 1970. */
export interface SubscriptionDefinition {
  id: string;
  ownerId: string;
  name: string;
  url: string;
  events: EventType[];
  /** Null: all public channels. */
  channelIds: string[] | null;
  format: SubscriptionFormatName;
  createdAt: number;
}

/** A subscription as D1 lists it. */
export interface SubscriptionRecord extends SubscriptionDefinition {
  state: SubscriptionState;
  stateReason: SubscriptionStateReason | null;
  failingSince: number | null;
  formerSecretExpiresAt: number | null;
  updatedAt: number;
}

export type SubscriptionChange = Partial<
  Pick<SubscriptionDefinition, "name" | "url" | "events" | "channelIds">
> & {
  active?: boolean;
};

/** The owner of a subscription: the room authorizes each read with their present permissions. */
export interface SubscriptionReader {
  userId: string;
  role: WorkspaceRole;
}

/** What a subscription's sender requests of a room. */
export type RoomSubscriptionRequest =
  /** Makes the room report new events. */
  | {
      kind: "subscribe";
      subscriptionId: string;
      reader: SubscriptionReader;
      isPublicOnly: boolean;
      /** When the subscription became active: a channel that was created later is read from its beginning. */
      activeSince: number;
    }
  /** Reads the next event of one of the types after a position. */
  | {
      kind: "read";
      subscriptionId: string;
      reader: SubscriptionReader;
      isPublicOnly: boolean;
      epoch: string;
      after: number;
      events: readonly EventType[];
    }
  /** Reads one event again. */
  | { kind: "event"; reader: SubscriptionReader; seq: number }
  | { kind: "unsubscribe"; subscriptionId: string };

/** An event of a room, for a subscription. */
export interface SubscriptionEvent {
  channelId: string;
  seq: number;
  type: EventType;
  /** Ms since 1970. */
  at: number;
  /** The user who caused it. */
  actorId: string;
  /** The event as subscribers receive it, as JSON text. */
  envelope: string;
}

export interface RoomSubscriptionAnswer {
  epoch: string;
  /** Up to which `seq` the log was read. */
  position: number;
  /** The event at `position`; null if there is none of the types up to there. */
  event: SubscriptionEvent | null;
  /** Nothing follows `position`: the room calls `wake` when something does. */
  isIdle: boolean;
}
