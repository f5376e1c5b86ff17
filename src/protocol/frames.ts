import { z } from "zod";
import { channelParams } from "./channels.ts";
import { commands, commandTypes } from "./commands.ts";
import { ChannelId, Epoch, MessageId, Nonce, Seq, SeqParam, SessionId, UserId } from "./common.ts";
import { type ErrorCode, Problem } from "./errors.ts";
import { EventEnvelope } from "./events.ts";
import { SignalEnvelope, StatusChange } from "./presence.ts";
import { UserEventEnvelope } from "./user-events.ts";
import { updateUserStatus } from "./users.ts";

export const subprotocol = "parley.v1";

/** The client's own; comes back in the `ack` or `error`. */
export const FrameId = z.union([z.string().min(1).max(64), z.int()]);
export type FrameId = z.infer<typeof FrameId>;

/** Frames that are no commands of a room. */
export const controlFrames = {
  ping: {
    summary: "Answered by `pong`; the bare text `ping` too, by the bare text `pong`, without waking anyone",
    data: z.strictObject({}),
  },
  seen: {
    summary: "How many bytes were received since the last one; no answer",
    data: z.strictObject({ bytes: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
  },
  subscribe: {
    summary: "Hear of a channel, from `since` on; answered by `subscribed`, or by `error`",
    data: z.strictObject({ since: Seq.optional(), epoch: Epoch.optional() }),
  },
  unsubscribe: {
    summary: "Hear of a channel no more; answered by `unsubscribed`, after what was sent before",
    data: z.strictObject({}),
  },
  typing: {
    summary: "You are typing; told at most every 3 s. Acknowledged where it bears an `id`",
    data: z.strictObject({ threadId: MessageId.optional() }),
  },
  statusUpdate: {
    summary: "Choose your status, as over REST; `idle`: nobody is at this device",
    data: updateUserStatus.body.extend({ idle: z.boolean().optional() }),
  },
} as const satisfies Record<string, { summary: string; data: z.ZodObject }>;
export type ControlType = keyof typeof controlFrames;
export type ControlData<T extends ControlType> = z.output<(typeof controlFrames)[T]["data"]>;
export const controlTypes = Object.keys(controlFrames) as ControlType[];

/** The outside of every client frame; `data` is parsed by its type. */
export const ClientFrame = z
  .strictObject({
    id: FrameId.optional(),
    type: z.string().max(40),
    channelId: ChannelId.optional(),
    data: z.unknown().optional(),
  })
  .meta({ id: "ClientFrame" });
export type ClientFrame = z.infer<typeof ClientFrame>;

export const clientFrames = z.union([
  ...commandTypes.map((type) =>
    z.strictObject({
      id: FrameId.optional(),
      type: z.literal(type),
      channelId: ChannelId.optional(),
      data: commands[type].data,
    }),
  ),
  ...controlTypes.map((type) =>
    z.strictObject({
      id: FrameId.optional(),
      type: z.literal(type),
      channelId: ChannelId.optional(),
      data: controlFrames[type].data.optional(),
    }),
  ),
]);

export const Hello = z
  .object({
    type: z.literal("hello"),
    data: z.object({
      userId: UserId,
      sessionId: SessionId,
      heartbeatMs: z.int(),
      limits: z.object({
        frameBytes: z.int(),
        contentLength: z.int(),
        replayEvents: z.int(),
        confirmEveryBytes: z.int(),
        commandsPerSecond: z.int(),
        commandsBurst: z.int(),
        channels: z.int().optional().meta({ description: "Of the one socket: subscriptions at a time." }),
      }),
      seq: Seq.optional(),
      epoch: Epoch.optional(),
    }),
  })
  .meta({
    id: "Hello",
    description: "`seq` and `epoch`: of the channel's log, or, on the one socket, of your own events.",
  });

export const Ack = z
  .object({
    type: z.literal("ack"),
    id: FrameId.optional(),
    data: z.intersection(
      z.union([...new Set(commandTypes.map((type) => commands[type].ack)), StatusChange, z.object({})]),
      z.object({ deduplicated: z.literal(true).optional(), nonce: Nonce.optional() }),
    ),
  })
  .meta({ id: "Ack" });

export const ErrorFrame = z
  .object({
    type: z.literal("error"),
    id: FrameId.optional(),
    channelId: ChannelId.optional().meta({ description: "Where it is a `subscribe` that was refused." }),
    error: Problem,
  })
  .meta({ id: "ErrorFrame" });

export const Subscribed = z
  .object({
    type: z.literal("subscribed"),
    channelId: ChannelId,
    data: z.object({
      seq: Seq,
      epoch: Epoch,
      online: z.array(UserId),
      onlineCount: z.int(),
      statuses: z.array(StatusChange).meta({
        description: "Of those listed who are not plainly `online`, or say something about themselves.",
      }),
    }),
  })
  .meta({ id: "Subscribed" });

export const Gap = z
  .object({ type: z.literal("gap"), channelId: ChannelId, data: z.object({ from: Seq, to: Seq }) })
  .meta({ id: "Gap", description: "Fetch `from` to `to` (both included) through `…/events`, then go on." });

export const Reset = z
  .object({
    type: z.literal("reset"),
    channelId: ChannelId.optional().meta({ description: "Absent: it is about your own events." }),
    data: z.object({ epoch: Epoch, seq: Seq }),
  })
  .meta({ id: "Reset", description: "What you hold is of another log: start over from a fresh snapshot." });

export const Unsubscribed = z
  .object({
    type: z.literal("unsubscribed"),
    channelId: ChannelId,
    data: z.object({
      reason: z.enum(["requested", "removed", "restart"]),
      seq: Seq.optional(),
      retryAfterMs: z.int().optional(),
    }),
  })
  .meta({
    id: "Unsubscribed",
    description:
      "`requested`: by your `unsubscribe`. `removed`: you may not read it any more, and had everything up to `seq`. `restart`: subscribe again, with the `seq` that you hold, after `retryAfterMs`.",
  });

export const Pong = z.object({ type: z.literal("pong"), id: FrameId.optional() }).meta({ id: "Pong" });

export const ServerEnvelope = z
  .union([
    Hello,
    Ack,
    ErrorFrame,
    Subscribed,
    Gap,
    Reset,
    Unsubscribed,
    Pong,
    SignalEnvelope,
    EventEnvelope,
    UserEventEnvelope,
  ])
  .meta({ id: "ServerEnvelope" });
export type ServerEnvelope =
  | z.infer<typeof Hello>
  | { type: "ack"; id?: FrameId; data: Record<string, unknown> & { deduplicated?: true } }
  | z.infer<typeof ErrorFrame>
  | z.infer<typeof Subscribed>
  | z.infer<typeof Gap>
  | z.infer<typeof Reset>
  | z.infer<typeof Unsubscribed>
  | z.infer<typeof Pong>
  | SignalEnvelope
  | EventEnvelope
  | UserEventEnvelope;

/** A server frame is always an array, in order. */
export const ServerFrame = z.array(ServerEnvelope);

/** Refused before the upgrade, with a problem. */
const upgradeErrors = [
  "forbidden",
  "internal",
  "rate_limited",
  "unauthenticated",
  "unavailable",
  "upgrade_required",
  "validation_failed",
] as const satisfies readonly ErrorCode[];

const resumeQuery = z.object({ since: SeqParam.optional(), epoch: Epoch.optional() });

interface Socket {
  path: string;
  summary: string;
  params?: z.ZodType;
  query: z.ZodType;
  errors: readonly ErrorCode[];
}

/** The WebSocket doors. */
export const sockets = {
  realtime: {
    path: "/v1/realtime",
    summary: "The one socket: as many channels as you subscribe to, and your own events",
    query: resumeQuery,
    errors: upgradeErrors,
  },
  channelRealtime: {
    path: "/v1/channels/:channelId/realtime",
    summary: "One channel, connected to its room directly",
    params: channelParams,
    query: resumeQuery,
    errors: [...upgradeErrors, "not_found"],
  },
} as const satisfies Record<string, Socket>;
