import { z } from "zod";
import {
  commands,
  type CommandType,
  controlFrames,
  type ControlType,
  type EventEnvelope,
  EventsEnvelope,
  ServerEnvelope,
  type SignalType,
  signalTypes,
  UserEventEnvelope,
  type UserEventType,
  UserSignalEnvelope,
  type UserSignalType,
} from "../../protocol/index.ts";
import type { JsonSchema, SchemaSet } from "./json-schemas.ts";
import { actionsOfCommand, describeActions } from "./permission-descriptions.ts";

type Messages = Record<string, { summary: string } & JsonSchema>;
type ReplyType = Exclude<
  ServerEnvelope["type"],
  EventEnvelope["type"] | SignalType | UserEventType | UserSignalType
>;

const replies: Record<ControlType, ReplyType[]> = {
  ping: ["pong", "error"],
  seen: ["error"],
  subscribe: ["subscribed", "error"],
  unsubscribe: ["unsubscribed", "error"],
  typing: ["ack", "error"],
  statusUpdate: ["ack", "error"],
};

/** The types of envelopes that can reply to a client frame. A command is acknowledged or rejected with an error. */
export const repliesTo = (type: string): ReplyType[] => (isControl(type) ? replies[type] : ["ack", "error"]);

/** Builds a message for each type of client frame. */
export function clientMessages(frames: z.ZodType, schemas: SchemaSet): Messages {
  return messagesOf(frames, (type, frame) => ({
    summary: isControl(type) ? controlFrames[type].summary : commands[type as CommandType].summary,
    ...(!isControl(type) && { description: describeActions(actionsOfCommand[type as CommandType]) }),
    correlationId: { location: "$message.payload#/id" },
    payload: schemas.input(frame),
  }));
}

/** Distinguishes user events from channel events of the same type, such as `memberJoin`. */
const userEventPrefix = "own.";

/** Whether a server message is a user event, which is sent only on `/v1/realtime`. */
export const isUserEvent = (name: string): boolean => name.startsWith(userEventPrefix);

const replySummaries: Record<ReplyType, string> = {
  hello: "The first envelope on a socket: your identity and the limits of this socket",
  ack: "Your command was committed, or your other frame was accepted",
  error: "Your frame was rejected",
  subscribed: "You received every event up to `seq`; live events follow",
  gap: "Events were omitted: fetch them",
  reset: "Your position belongs to another log or is too old: discard your state and start over",
  unsubscribed: "You receive no more events of this channel",
  pong: "The reply to `ping`",
};

/** The only type that needs the compact subprotocol. */
const compactSummary = "Consecutive events of a channel, with the subprotocol `parley.v1.compact` only";

const signalSummaries: Record<SignalType, string> = {
  typing: "A user is typing. Expires after 5 s unless repeated",
  userOnline: "A user came online in the channel",
  userOffline: "A user went offline in the channel",
  statusUpdate: "The presence or custom status of an online user changed",
  onlineCount: "The number of online users, when there are too many to list",
};

const userEventSummaries: Record<UserEventType | UserSignalType, string> = {
  notificationCreate: "You have a new notification",
  notificationRead: "Notifications were marked as read, directly or by reading their messages",
  notificationDelete:
    "Notifications were removed, since their messages were deleted or no longer mention you",
  readUpdate: "Your read position in a channel changed",
  userUpdate: "Your account changed",
  groupUpdate: "A user group of which you are, or were, a member changed",
  groupDelete: "A user group of which you were a member was deleted",
  channelCreate: "A channel was created by you, or with you as a member",
  memberJoin: "You joined a channel, or were added to it",
  memberLeave: "You left a channel, or were removed from it",
  scheduledMessageUpdate: "One of your scheduled messages was created, changed, sent or rejected",
  scheduledMessageDelete: "One of your scheduled messages was cancelled",
  reminderUpdate: "One of your reminders was created or changed, or is due",
  reminderDelete: "One of your reminders was cancelled",
  savedMessageUpdate: "You saved a message, or marked a saved one",
  savedMessageDelete: "A message is no longer saved",
  ephemeralCreate: "A message that only you see. It is not stored",
  draftUpdate: "One of your drafts was changed",
  ephemeralDelete: "A message that only you see was removed",
  commandInvoke: "To a bot, on one of its sockets: a user ran a slash command of the bot",
  subscriptionDisable: "A subscription of yours was disabled, because its receiver failed for too long",
};

/** The envelopes of both forms of frames. */
const sentEnvelopes = z.union([ServerEnvelope, EventsEnvelope]);
const userEventEnvelopes = new Set([...alternatives(UserEventEnvelope), ...alternatives(UserSignalEnvelope)]);

/** Builds a message for each type of server envelope. Its payload is a frame, an array, that contains at least one such envelope. */
export function serverMessages(schemas: SchemaSet): Messages {
  const sameType = Map.groupBy(alternatives(sentEnvelopes), (envelope) => String(envelope.shape.type.value));
  /**
   * The schema of any envelope in the frame. Other types are only excluded by name rather than listed: tools that inline references,
   * such as the official parser, would repeat the union for each message of each operation and take a minute instead of 3 s.
   */
  const otherItems = (type: string): JsonSchema => ({
    anyOf: [
      ...(sameType.get(type) ?? []).map((envelope) => schemas.output(envelope)),
      { type: "object", properties: { type: { type: "string", not: { const: type } } }, required: ["type"] },
    ],
  });
  return messagesOf(
    sentEnvelopes,
    (type, envelope) => ({
      summary: summaryOf(type, userEventEnvelopes.has(envelope)),
      payload: { type: "array", items: otherItems(type), contains: schemas.output(envelope) },
    }),
    (envelope) => (userEventEnvelopes.has(envelope) ? userEventPrefix : ""),
  );
}

function summaryOf(type: string, isOwnEvent: boolean): string {
  if (isOwnEvent) return userEventSummaries[type as UserEventType | UserSignalType];
  if (type === EventsEnvelope.shape.type.value) return compactSummary;
  if ((signalTypes as string[]).includes(type)) return signalSummaries[type as SignalType];
  return type in replySummaries ? replySummaries[type as ReplyType] : "An event of the channel's log";
}

/** Builds a message for each alternative of a union. Its key is the prefix and the alternative's `type`. */
function messagesOf(
  union: z.ZodType,
  describe: (type: string, alternative: Typed) => { summary: string } & JsonSchema,
  prefix: (alternative: Typed) => string = () => "",
): Messages {
  return Object.fromEntries(
    alternatives(union).map((alternative) => {
      const type = String(alternative.shape.type.value);
      return [prefix(alternative) + type, { name: type, ...describe(type, alternative) }];
    }),
  );
}

type Typed = z.ZodObject<{ type: z.ZodLiteral }>;

/** Flattens nested unions into a list of objects that have a literal `type`. */
function alternatives(type: z.core.$ZodType): Typed[] {
  if (type instanceof z.ZodUnion) return type.options.flatMap(alternatives);
  if (type instanceof z.ZodObject && type.shape.type instanceof z.ZodLiteral) return [type as Typed];
  throw new Error("Every alternative of a frame must be an object with a literal `type`");
}

const isControl = (type: string): type is ControlType => Object.hasOwn(controlFrames, type);
