import type {
  EventType,
  WebhookFormatName,
  WebhookState,
  WebhookStateReason,
  WorkspaceRole,
} from "../protocol/index.ts";

/** What its owner chose. Times are in ms since 1970. */
export interface WebhookDefinition {
  id: string;
  ownerId: string;
  name: string;
  url: string;
  events: EventType[];
  /** Null: all public channels. */
  channelIds: string[] | null;
  format: WebhookFormatName;
  createdAt: number;
}

/** A webhook as D1 lists it. */
export interface WebhookRecord extends WebhookDefinition {
  state: WebhookState;
  stateReason: WebhookStateReason | null;
  failingSince: number | null;
  formerSecretExpiresAt: number | null;
  updatedAt: number;
}

export type WebhookChange = Partial<Pick<WebhookDefinition, "name" | "url" | "events" | "channelIds">> & {
  active?: boolean;
};

/** The owner of a webhook, as whom the room reads. */
export interface WebhookReader {
  userId: string;
  role: WorkspaceRole;
}

/** What a webhook's sender requests of a room. */
export type RoomWebhookRequest =
  /** Makes the room report new events. */
  | {
      kind: "subscribe";
      webhookId: string;
      reader: WebhookReader;
      isPublicOnly: boolean;
      /** When the webhook became active: a channel that was created later is read from its beginning. */
      activeSince: number;
    }
  /** Reads the next event of one of the types after a position. */
  | {
      kind: "read";
      webhookId: string;
      reader: WebhookReader;
      isPublicOnly: boolean;
      epoch: string;
      after: number;
      events: readonly EventType[];
    }
  /** Reads one event again. */
  | { kind: "event"; reader: WebhookReader; seq: number }
  | { kind: "unsubscribe"; webhookId: string };

/** An event of a room, for a webhook. */
export interface WebhookEvent {
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

export interface RoomWebhookAnswer {
  epoch: string;
  /** Up to which `seq` the log was read. */
  position: number;
  /** The event at `position`; null if there is none of the types up to there. */
  event: WebhookEvent | null;
  /** Nothing follows `position`: the room calls `wake` when something does. */
  isIdle: boolean;
}
