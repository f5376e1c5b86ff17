// Generated from src/protocol/frames.ts by `npm run docs`. Do not edit.

import type { ChannelId, Epoch, MessageId, Nonce, Seq, SessionId, UserId } from "./common.ts";
import type { ChosenPresence, CustomStatusInput } from "./users.ts";
import type { EventEnvelope } from "./events.ts";
import type { Problem } from "./errors.ts";
import type { SignalEnvelope, StatusChange } from "./presence.ts";
import type { UserEventEnvelope, UserSignalEnvelope } from "./user-events.ts";

export type ServerEnvelope =
  | Hello
  | Ack
  | ErrorFrame
  | Subscribed
  | Gap
  | Reset
  | Unsubscribed
  | Pong
  | SignalEnvelope
  | EventEnvelope
  | UserEventEnvelope
  | UserSignalEnvelope;

/**
 * The first envelope on a socket. `seq` and `epoch` are the position of the channel's log, or, on
 * `/v1/realtime`, of the log of your user events.
 */
export interface Hello {
  type: "hello";
  data: {
    userId: UserId;
    sessionId: SessionId;
    heartbeatMs: number;
    limits: {
      frameBytes: number;
      contentLength: number;
      replayEvents: number;
      confirmEveryBytes: number;
      commandsPerSecond: number;
      commandsBurst: number;
      /** The maximum number of concurrent subscriptions. Only on `/v1/realtime`. */
      channels?: number;
    };
    seq?: Seq;
    epoch?: Epoch;
  };
}

export type Ack = {
  type: "ack";
  id?: FrameId;
  data: Record<string, unknown> & { deduplicated?: true; nonce?: Nonce };
};

export interface ErrorFrame {
  type: "error";
  id?: FrameId;
  /** Present when a `subscribe` was rejected. */
  channelId?: ChannelId;
  error: Problem;
}

/** Chosen by the client, and repeated in the `ack` or `error` that replies to the frame. */
export type FrameId = string | number;

export interface Subscribed {
  type: "subscribed";
  channelId: ChannelId;
  data: {
    seq: Seq;
    epoch: Epoch;
    online: UserId[];
    onlineCount: number;
    /** The statuses of listed users who are not `online` or have a custom status. */
    statuses: StatusChange[];
  };
}

/** Events were omitted. Fetch `from` to `to` (both inclusive) with `GET …/events`, then continue. */
export interface Gap {
  type: "gap";
  channelId: ChannelId;
  data: {
    from: Seq;
    to: Seq;
  };
}

/** Your position belongs to another log or is too old. Discard your state and start from a new snapshot. */
export interface Reset {
  type: "reset";
  /** Absent when the reset concerns the log of your user events. */
  channelId?: ChannelId;
  data: {
    epoch: Epoch;
    seq: Seq;
  };
}

/**
 * The subscription has ended. `requested`: you sent `unsubscribe`. `removed`: you may no longer read the
 * channel; you received everything up to `seq`. `restart`: subscribe again from your last `seq` after
 * `retryAfterMs`.
 */
export interface Unsubscribed {
  type: "unsubscribed";
  channelId: ChannelId;
  data: {
    reason: "requested" | "removed" | "restart";
    seq?: Seq;
    retryAfterMs?: number;
  };
}

export interface Pong {
  type: "pong";
  id?: FrameId;
}

export type PingFrame = Record<never, never>;

export interface SeenFrame {
  bytes: number;
}

export interface SubscribeFrame {
  since?: Seq;
  epoch?: Epoch;
}

export type UnsubscribeFrame = Record<never, never>;

export interface TypingFrame {
  threadId?: MessageId;
}

export interface StatusUpdateFrame {
  presence?: ChosenPresence;
  custom?: CustomStatusInput | null;
  idle?: boolean;
}

/** Frames that a client sends and that are not commands. */
export interface ControlFrames {
  /**
   * Heartbeat, answered by `pong`. The bare text `ping` is answered by the bare text `pong` without waking the
   * object from hibernation.
   */
  ping: PingFrame;
  /** Confirm how many bytes you received since the last `seen`. There is no reply. */
  seen: SeenFrame;
  /** Subscribe to a channel, with the events after `since`. Answered by `subscribed` or `error`. */
  subscribe: SubscribeFrame;
  /** Unsubscribe from a channel. Answered by `unsubscribed`, after the replies to earlier frames. */
  unsubscribe: UnsubscribeFrame;
  /** Report that you are typing. Broadcast at most every 3 s; acknowledged if it has an `id`. */
  typing: TypingFrame;
  /** Set your status, as over REST. `idle`: this device is not in use. */
  statusUpdate: StatusUpdateFrame;
}

export const subprotocol = "parley.v1";

/** Paths of the WebSockets. */
export const socketPaths = {
  realtime: "/v1/realtime",
  channelRealtime: "/v1/channels/:channelId/realtime",
} as const;
