// Generated from src/protocol/frames.ts by `npm run docs`. Do not edit.

import type { ChannelId, Epoch, MessageId, Nonce, Seq, SessionId, UserId } from "./common.ts";
import type { ChosenPresence, CustomStatusInput } from "./users.ts";
import type { EventEnvelope } from "./events.ts";
import type { Problem } from "./errors.ts";
import type { SignalEnvelope, StatusChange } from "./presence.ts";
import type { UserEventEnvelope } from "./user-events.ts";

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
  | UserEventEnvelope;

/** `seq` and `epoch`: of the channel's log, or, on the one socket, of your own events. */
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
      /** Of the one socket: subscriptions at a time. */
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
  /** Where it is a `subscribe` that was refused. */
  channelId?: ChannelId;
  error: Problem;
}

/** The client's own; comes back in the `ack` or `error`. */
export type FrameId = string | number;

export interface Subscribed {
  type: "subscribed";
  channelId: ChannelId;
  data: {
    seq: Seq;
    epoch: Epoch;
    online: UserId[];
    onlineCount: number;
    /** Of those listed who are not plainly `online`, or say something about themselves. */
    statuses: StatusChange[];
  };
}

/** Fetch `from` to `to` (both included) through `…/events`, then go on. */
export interface Gap {
  type: "gap";
  channelId: ChannelId;
  data: {
    from: Seq;
    to: Seq;
  };
}

/** What you hold is of another log: start over from a fresh snapshot. */
export interface Reset {
  type: "reset";
  /** Absent: it is about your own events. */
  channelId?: ChannelId;
  data: {
    epoch: Epoch;
    seq: Seq;
  };
}

/**
 * `requested`: by your `unsubscribe`. `removed`: you may not read it any more, and had everything up to `seq`.
 * `restart`: subscribe again, with the `seq` that you hold, after `retryAfterMs`.
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

/** Frames of a client that are no commands. */
export interface ControlFrames {
  /** Answered by `pong`; the bare text `ping` too, by the bare text `pong`, without waking anyone. */
  ping: PingFrame;
  /** How many bytes were received since the last one; no answer. */
  seen: SeenFrame;
  /** Hear of a channel, from `since` on; answered by `subscribed`, or by `error`. */
  subscribe: SubscribeFrame;
  /** Hear of a channel no more; answered by `unsubscribed`, after what was sent before. */
  unsubscribe: UnsubscribeFrame;
  /** You are typing; told at most every 3 s. Acknowledged where it bears an `id`. */
  typing: TypingFrame;
  /** Choose your status, as over REST; `idle`: nobody is at this device. */
  statusUpdate: StatusUpdateFrame;
}

export const subprotocol = "parley.v1";

/** Paths of the WebSockets. */
export const socketPaths = {
  realtime: "/v1/realtime",
  channelRealtime: "/v1/channels/:channelId/realtime",
} as const;
