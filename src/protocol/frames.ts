import { z } from "zod";
import { channelParams } from "./channels.ts";
import { commands, commandTypes } from "./commands.ts";
import { ChannelId, Epoch, Nonce, Seq, SeqParam, SessionId, UserId } from "./common.ts";
import { type ErrorCode, Problem } from "./errors.ts";
import { EventEnvelope } from "./events.ts";

export const subprotocol = "parley.v1";

/** The client's own; comes back in the `ack` or `error`. */
export const FrameId = z.union([z.string().min(1).max(64), z.int()]);
export type FrameId = z.infer<typeof FrameId>;

/** Frames that are no commands of a room. */
export const controlFrames = {
  ping: {
    summary: "Answered by `pong`; the bare text `ping` too, by the bare text `pong`, without waking anyone",
    data: z.strictObject({}).optional(),
  },
  seen: {
    summary: "How many bytes were received since the last one; no answer",
    data: z.strictObject({ bytes: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
  },
} as const satisfies Record<string, { summary: string; data: z.ZodType }>;

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
  ...(Object.keys(controlFrames) as (keyof typeof controlFrames)[]).map((type) =>
    z.strictObject({ id: FrameId.optional(), type: z.literal(type), data: controlFrames[type].data }),
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
      }),
      seq: Seq.optional(),
      epoch: Epoch.optional(),
    }),
  })
  .meta({ id: "Hello" });

export const Ack = z
  .object({
    type: z.literal("ack"),
    id: FrameId.optional(),
    data: z.intersection(
      z.union([...new Set(commandTypes.map((type) => commands[type].ack))]),
      z.object({ deduplicated: z.literal(true).optional(), nonce: Nonce.optional() }),
    ),
  })
  .meta({ id: "Ack" });

export const ErrorFrame = z
  .object({ type: z.literal("error"), id: FrameId.optional(), error: Problem })
  .meta({ id: "ErrorFrame" });

export const Subscribed = z
  .object({
    type: z.literal("subscribed"),
    channelId: ChannelId,
    data: z.object({ seq: Seq, epoch: Epoch, online: z.array(UserId), onlineCount: z.int() }),
  })
  .meta({ id: "Subscribed" });

export const Gap = z
  .object({ type: z.literal("gap"), channelId: ChannelId, data: z.object({ from: Seq, to: Seq }) })
  .meta({ id: "Gap", description: "Fetch `from` to `to` (both included) through `…/events`, then go on." });

export const Reset = z
  .object({ type: z.literal("reset"), channelId: ChannelId, data: z.object({ epoch: Epoch, seq: Seq }) })
  .meta({ id: "Reset", description: "What you hold is of another log: start over from a fresh snapshot." });

export const Unsubscribed = z
  .object({
    type: z.literal("unsubscribed"),
    channelId: ChannelId,
    data: z.object({ reason: z.string(), seq: Seq.optional(), retryAfterMs: z.int().optional() }),
  })
  .meta({ id: "Unsubscribed" });

export const Pong = z.object({ type: z.literal("pong"), id: FrameId.optional() }).meta({ id: "Pong" });

export const ServerEnvelope = z
  .union([Hello, Ack, ErrorFrame, Subscribed, Gap, Reset, Unsubscribed, Pong, EventEnvelope])
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
  | EventEnvelope;

/** A server frame is always an array, in order. */
export const ServerFrame = z.array(ServerEnvelope);

interface Socket {
  path: string;
  summary: string;
  params?: z.ZodType;
  query: z.ZodType;
  errors: readonly ErrorCode[];
}

/** The WebSocket doors. */
export const sockets = {
  channelRealtime: {
    path: "/v1/channels/:channelId/realtime",
    summary: "One channel, connected to its room directly",
    params: channelParams,
    query: z.object({ since: SeqParam.optional(), epoch: Epoch.optional() }),
    /** Refused before the upgrade, with a problem. */
    errors: [
      "forbidden",
      "internal",
      "not_found",
      "rate_limited",
      "unauthenticated",
      "unavailable",
      "upgrade_required",
      "validation_failed",
    ],
  },
} as const satisfies Record<string, Socket>;
