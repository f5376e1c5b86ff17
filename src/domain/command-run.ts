import type { EphemeralMessage, Message } from "../protocol/index.ts";

/** An invocation of a bot's command, as the hub of the user who ran it stores it. Its text is not stored. */
export interface CommandRun {
  id: string;
  commandId: string;
  botId: string;
  channelId: string;
  /** The root message of the thread; null: in the channel. */
  threadId: string | null;
  /** In ms since 1970. */
  createdAt: number;
  /** Whether the bot has acknowledged it. */
  isAcknowledged: boolean;
}

/** An invocation before the hub has stored it. `bodyHash`: of what the user ran, to recognize a nonce that is used for something else. */
export type NewCommandRun = Pick<CommandRun, "id" | "commandId" | "botId" | "channelId" | "threadId"> & {
  nonce: string | undefined;
  bodyHash: string;
};

/** The kind of an answer that was given, and the id of its message. */
export interface GivenAnswer {
  visibility: "ephemeral" | "channel";
  id: string;
}

/** The place of one answer among those of an invocation, which the hub has reserved. */
export interface AnswerPlace {
  run: CommandRun;
  /** 0: the answer in the bot's response; from 1 on: those to the response URL. Null: an acknowledgement without an answer. */
  place: number | null;
  /** How many further answers the response URL accepts. */
  usesLeft: number;
  /** The answer that was given at this place before; the request is a repetition. */
  given: GivenAnswer | null;
  /** The previous answers by visibility: the newest of each. */
  originals: Partial<Record<GivenAnswer["visibility"], string>>;
  /** The newest of all previous answers. */
  latest: GivenAnswer | null;
}

/** What an answer showed. */
export interface ShownAnswer {
  ephemeral: EphemeralMessage | null;
  message: Message | null;
}

/** What the hub reports to the request that waits for a bot's acknowledgement. */
export interface Acknowledgement {
  isAcknowledged: boolean;
  /** JSON of the `ShownAnswer` that acknowledged it; null without an answer. */
  shown: string | null;
}
