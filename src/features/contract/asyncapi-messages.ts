import { z } from "zod";
import {
  commands,
  type CommandType,
  controlFrames,
  type EventEnvelope,
  ServerEnvelope,
} from "../../protocol/index.ts";
import type { JsonSchema, SchemaSet } from "./schemas.ts";
import { actionsOfCommand, whoMayDo } from "./who-may.ts";

type Messages = Record<string, { summary: string } & JsonSchema>;
type ControlType = keyof typeof controlFrames;
type AnswerType = Exclude<ServerEnvelope["type"], EventEnvelope["type"]>;

const replies: Record<ControlType, AnswerType[]> = { ping: ["pong", "error"], seen: ["error"] };

/** What may answer a client's frame: a command is acknowledged or refused. */
export const repliesTo = (type: string): AnswerType[] => (isControl(type) ? replies[type] : ["ack", "error"]);

/** A message for each type of frame that a client may send. */
export function clientMessages(frames: z.ZodType, schemas: SchemaSet): Messages {
  return messagesOf(frames, (type, frame) => ({
    summary: isControl(type) ? controlFrames[type].summary : commands[type as CommandType].summary,
    ...(!isControl(type) && { description: whoMayDo(actionsOfCommand[type as CommandType]) }),
    correlationId: { location: "$message.payload#/id" },
    payload: schemas.input(frame),
  }));
}

const answerSummaries: Record<AnswerType, string> = {
  hello: "The first envelope: who you are and what holds on this socket",
  ack: "Your command is committed",
  error: "Your frame was refused",
  subscribed: "You have every event up to `seq`; live ones follow",
  gap: "Events are left out here: fetch them",
  reset: "What you hold is of another log: start over",
  unsubscribed: "No more events of this channel come",
  pong: "The answer to `ping`",
};

/** A message for each envelope, as the frame that bears it: envelopes travel in arrays. */
export function serverMessages(schemas: SchemaSet): Messages {
  const items = schemas.output(ServerEnvelope);
  return messagesOf(ServerEnvelope, (type, envelope) => ({
    summary: type in answerSummaries ? answerSummaries[type as AnswerType] : "An event of the channel's log",
    payload: { type: "array", items, contains: schemas.output(envelope) },
  }));
}

function messagesOf(
  union: z.ZodType,
  describe: (type: string, alternative: z.ZodType) => { summary: string } & JsonSchema,
): Messages {
  return Object.fromEntries(
    alternatives(union).map((alternative) => {
      const type = String(alternative.shape.type.value);
      return [type, { name: type, ...describe(type, alternative) }];
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
