import { z } from "zod";
import {
  commands,
  type CommandType,
  controlFrames,
  type ControlType,
  type EventEnvelope,
  ServerEnvelope,
  type SignalType,
  signalTypes,
  UserEventEnvelope,
  type UserEventType,
} from "../../protocol/index.ts";
import type { JsonSchema, SchemaSet } from "./json-schemas.ts";
import { actionsOfCommand, describeActions } from "./permission-descriptions.ts";

type Messages = Record<string, { summary: string } & JsonSchema>;
type ReplyType = Exclude<ServerEnvelope["type"], EventEnvelope["type"] | SignalType | UserEventType>;

const replies: Record<ControlType, ReplyType[]> = {
  ping: ["pong", "error"],
  seen: ["error"],
  subscribe: ["subscribed", "error"],
  unsubscribe: ["unsubscribed", "error"],
  typing: ["ack", "error"],
  statusUpdate: ["ack", "error"],
};

/** What may answer a client's frame: a command is acknowledged or refused. */
export const repliesTo = (type: string): ReplyType[] => (isControl(type) ? replies[type] : ["ack", "error"]);

/** A message for each type of frame that a client may send. */
export function clientMessages(frames: z.ZodType, schemas: SchemaSet): Messages {
  return messagesOf(frames, (type, frame) => ({
    summary: isControl(type) ? controlFrames[type].summary : commands[type as CommandType].summary,
    ...(!isControl(type) && { description: describeActions(actionsOfCommand[type as CommandType]) }),
    correlationId: { location: "$message.payload#/id" },
    payload: schemas.input(frame),
  }));
}

/** Beside `memberJoin` of a channel's log there is one of a user's own. */
const userEventPrefix = "own.";

/** Whether a message of the server's is an event of a user's own, which comes on the one socket alone. */
export const isUserEvent = (name: string): boolean => name.startsWith(userEventPrefix);

const replySummaries: Record<ReplyType, string> = {
  hello: "The first envelope: who you are and what holds on this socket",
  ack: "Your command is committed; other frames were taken",
  error: "Your frame was refused",
  subscribed: "You have every event up to `seq`; live ones follow",
  gap: "Events are left out here: fetch them",
  reset: "What you hold is of another log, or too old: start over",
  unsubscribed: "No more events of this channel come",
  pong: "The answer to `ping`",
};

const signalSummaries: Record<SignalType, string> = {
  typing: "Somebody types; over after 5 s without another",
  userOnline: "Somebody is there whom you were not told of",
  userOffline: "Somebody is not there any more",
  statusUpdate: "How somebody who is there shows themselves",
  onlineCount: "How many are there, where they are too many for names",
};

const userEventSummaries: Record<UserEventType, string> = {
  notificationCreate: "You are notified of something",
  notificationRead: "You have read notifications, or what they are about, on one of your devices",
  notificationDelete: "What you were notified of was deleted, or mentions you no longer",
  readUpdate: "Where you now stand in a channel",
  userUpdate: "Your account as it is now",
  channelCreate: "A channel was made, by you or with you in it",
  memberJoin: "You are in a channel from now on",
  memberLeave: "You are in a channel no longer",
};

const userEventEnvelopes = new Set(alternatives(UserEventEnvelope));

/** A message for each envelope, as the frame that bears it: envelopes travel in arrays. */
export function serverMessages(schemas: SchemaSet): Messages {
  const sameType = Map.groupBy(alternatives(ServerEnvelope), (envelope) => String(envelope.shape.type.value));
  /**
   * The other envelopes of a frame: any of another type. Not the union of all types: tools that resolve references, the
   * official parser among them, would repeat that union for each message of each operation, a minute in place of three seconds.
   */
  const otherItems = (type: string): JsonSchema => ({
    anyOf: [
      ...(sameType.get(type) ?? []).map((envelope) => schemas.output(envelope)),
      { type: "object", properties: { type: { type: "string", not: { const: type } } }, required: ["type"] },
    ],
  });
  return messagesOf(
    ServerEnvelope,
    (type, envelope) => ({
      summary: summaryOf(type, userEventEnvelopes.has(envelope)),
      payload: { type: "array", items: otherItems(type), contains: schemas.output(envelope) },
    }),
    (envelope) => (userEventEnvelopes.has(envelope) ? userEventPrefix : ""),
  );
}

function summaryOf(type: string, isOwnEvent: boolean): string {
  if (isOwnEvent) return userEventSummaries[type as UserEventType];
  if ((signalTypes as string[]).includes(type)) return signalSummaries[type as SignalType];
  return type in replySummaries ? replySummaries[type as ReplyType] : "An event of the channel's log";
}

/** A message for each alternative, by its type, behind the prefix that tells it from others of that type. */
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

/** Unions within unions, as one list of objects that their `type` tells apart. */
function alternatives(type: z.core.$ZodType): Typed[] {
  if (type instanceof z.ZodUnion) return type.options.flatMap(alternatives);
  if (type instanceof z.ZodObject && type.shape.type instanceof z.ZodLiteral) return [type as Typed];
  throw new Error("A frame is an object with a literal `type`");
}

const isControl = (type: string): type is ControlType => Object.hasOwn(controlFrames, type);
