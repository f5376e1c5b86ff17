import { z } from "zod";
import { channelParams } from "./channels.ts";
import { commands, commandTypes } from "./commands.ts";
import { ChannelId, Epoch, MessageId, Nonce, Seq, SeqParam, SessionId, UserId } from "./common.ts";
import { type ErrorCode, Problem } from "./errors.ts";
import { EventEnvelope } from "./events.ts";
import { CommandAck } from "./messages.ts";
import { SignalEnvelope, StatusChange } from "./presence.ts";
import { UserEventEnvelope, UserSignalEnvelope } from "./user-events.ts";
import { updateUserStatus } from "./users.ts";

export const subprotocol = "parley.v1";

/** Chosen by the client, and repeated in the `ack` or `error` that replies to the frame. */
export const FrameId = z.union([z.string().min(1).max(64), z.int()]);
export type FrameId = z.infer<typeof FrameId>;

/** Client frames that are not commands. */
export const controlFrames = {
  ping: {
    summary:
      "Heartbeat, answered by `pong`. The bare text `ping` is answered by the bare text `pong` without waking the object from hibernation",
    data: z.strictObject({}),
  },
  seen: {
    summary: "Confirm how many bytes you received since the last `seen`. There is no reply",
    data: z.strictObject({ bytes: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
  },
  subscribe: {
    summary: "Subscribe to a channel, with the events after `since`. Answered by `subscribed` or `error`",
    data: z.strictObject({ since: Seq.optional(), epoch: Epoch.optional() }),
  },
  unsubscribe: {
    summary: "Unsubscribe from a channel. Answered by `unsubscribed`, after the replies to earlier frames",
    data: z.strictObject({}),
  },
  typing: {
    summary: "Report that you are typing. Broadcast at most every 3 s; acknowledged if it has an `id`",
    data: z.strictObject({ threadId: MessageId.optional() }),
  },
  statusUpdate: {
    summary: "Set your status, as over REST. `idle`: this device is not in use",
    data: updateUserStatus.body.extend({ idle: z.boolean().optional() }),
  },
} as const satisfies Record<string, { summary: string; data: z.ZodObject }>;
export type ControlType = keyof typeof controlFrames;
export type ControlData<T extends ControlType> = z.output<(typeof controlFrames)[T]["data"]>;
export const controlTypes = Object.keys(controlFrames) as ControlType[];

/** The envelope of every client frame. `data` is validated separately, by the schema of its `type`. */
export const ClientFrame = z
  .strictObject({
    id: FrameId.optional(),
    type: z.string().max(40),
    channelId: ChannelId.optional(),
    data: z.unknown().optional(),
  })
  .meta({ id: "ClientFrame" });
export type ClientFrame = z.infer<typeof ClientFrame>;

/** All client frames, with `data` of their type. For AsyncAPI and tests; sockets validate the envelope and `data` separately. */
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
        channels: z
          .int()
          .optional()
          .meta({ description: "The maximum number of concurrent subscriptions. Only on `/v1/realtime`." }),
      }),
      seq: Seq.optional(),
      epoch: Epoch.optional(),
    }),
  })
  .meta({
    id: "Hello",
    description:
      "The first envelope on a socket. `seq` and `epoch` are the position of the channel's log, or, on `/v1/realtime`, of the log of your user events.",
  });

export const Ack = z
  .object({
    type: z.literal("ack"),
    id: FrameId.optional(),
    data: z.intersection(
      z.union([
        ...new Set(commandTypes.map((type) => commands[type].ack)),
        CommandAck,
        StatusChange,
        z.object({}),
      ]),
      z.object({ deduplicated: z.literal(true).optional(), nonce: Nonce.optional() }),
    ),
  })
  .meta({ id: "Ack" });

export const ErrorFrame = z
  .object({
    type: z.literal("error"),
    id: FrameId.optional(),
    channelId: ChannelId.optional().meta({ description: "Present when a `subscribe` was rejected." }),
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
        description: "The statuses of listed users who are not `online` or have a custom status.",
      }),
    }),
  })
  .meta({ id: "Subscribed" });

export const Gap = z
  .object({ type: z.literal("gap"), channelId: ChannelId, data: z.object({ from: Seq, to: Seq }) })
  .meta({
    id: "Gap",
    description:
      "Events were omitted. Fetch `from` to `to` (both inclusive) with `GET …/events`, then continue.",
  });

export const Reset = z
  .object({
    type: z.literal("reset"),
    channelId: ChannelId.optional().meta({
      description: "Absent when the reset concerns the log of your user events.",
    }),
    data: z.object({ epoch: Epoch, seq: Seq }),
  })
  .meta({
    id: "Reset",
    description:
      "Your position belongs to another log or is too old. Discard your state and start from a new snapshot.",
  });

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
      "The subscription has ended. `requested`: you sent `unsubscribe`. `removed`: you may no longer read the channel; you received everything up to `seq`. `restart`: subscribe again from your last `seq` after `retryAfterMs`.",
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
    UserSignalEnvelope,
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
  | UserEventEnvelope
  | UserSignalEnvelope;

/** A server frame: always an array of envelopes, in order. */
export const ServerFrame = z.array(ServerEnvelope);

/** Error codes with which an upgrade request can be rejected. The response is a problem, as for REST. */
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

/** The WebSocket endpoints. */
export const sockets = {
  realtime: {
    path: "/v1/realtime",
    summary: "One socket for any number of channel subscriptions and for your user events",
    query: resumeQuery,
    errors: upgradeErrors,
  },
  channelRealtime: {
    path: "/v1/channels/:channelId/realtime",
    summary: "A socket for one channel, connected directly to the channel's object",
    params: channelParams,
    query: resumeQuery,
    errors: [...upgradeErrors, "not_found"],
  },
} as const satisfies Record<string, Socket>;
