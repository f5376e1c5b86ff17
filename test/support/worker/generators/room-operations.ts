import fc from "fast-check";
import { type CommandType, commandTypes } from "../../../../src/protocol/index.ts";

/** Random numbers that select from the existing items. */
export interface RandomChoices {
  which: number;
  whom: number;
  number: number;
  flag: boolean;
  text: string;
}

/** A command of one user over one of the transports, or something that happens to the objects. */
export type Operation =
  | ({ do: CommandType; who: number; transport: number } & RandomChoices)
  | { do: "connect"; who: number }
  | { do: "evict" | "stall" | "recover" };

/** An operation, and whether the next one waits for its response. */
export interface ScheduledOperation {
  step: Operation;
  wait: boolean;
}

/** The relative frequency of each command. A missing command is a compile error. */
const weights: Record<CommandType, number> = {
  channelUpdate: 4,
  channelDelete: 1,
  memberJoin: 4,
  memberLeave: 2,
  memberUpdate: 2,
  memberMute: 1,
  memberUnmute: 1,
  messageCreate: 10,
  messageUpdate: 5,
  messageDelete: 2,
  messagePin: 5,
  messageUnpin: 2,
  reactionAdd: 8,
  reactionRemove: 3,
  threadCreate: 16,
  threadUpdate: 4,
  threadDelete: 7,
  threadFollow: 2,
  threadRead: 2,
  read: 2,
  notificationLevel: 1,
};

const who = fc.nat(3);

/** `%1` is replaced by the username of the user with that index. */
const text = fc.constantFrom(
  "a",
  "b",
  "ünï 🎈",
  '"quoted" \\ ',
  "x".repeat(50),
  "see @%0 and @%1.",
  "@%2, @%3",
  "`@%1` not",
  "@channel",
  "@here",
  "@nobody @%1",
);

const command = fc.record({
  do: fc.oneof(...commandTypes.map((type) => ({ weight: weights[type], arbitrary: fc.constant(type) }))),
  who,
  transport: fc.nat(1),
  // Often one of the first, so that several operations concern the same message.
  which: fc.oneof(fc.nat(3), fc.nat(30)),
  whom: who,
  number: fc.nat(40),
  flag: fc.boolean(),
  text,
});

const objectEvent = <T extends string>(name: T) => fc.record({ do: fc.constant(name) });

const step = fc.oneof(
  { weight: 90, arbitrary: command },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("connect" as const), who: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: objectEvent("evict" as const) },
  { weight: 2, arbitrary: objectEvent("stall" as const) },
  { weight: 4, arbitrary: objectEvent("recover" as const) },
) as fc.Arbitrary<Operation>;

export const operationSequence = (length: number): fc.Arbitrary<ScheduledOperation[]> =>
  fc.array(fc.record({ step, wait: fc.boolean() }), { minLength: length, maxLength: length });
