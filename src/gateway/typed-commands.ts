import type { Config } from "../config.ts";
import { reject } from "../errors/app-error.ts";
import { parseTyped, type PreparedCommand, prepareTyped } from "../features/commands/index.ts";
import type { Command, CommandAck } from "../protocol/index.ts";
import type { ParsedFrame } from "../sockets/client-frame.ts";
import { ackEnvelope } from "../sockets/replies.ts";
import type { ClientSocket } from "./client-socket.ts";
import type { ErrorReplies } from "./error-replies.ts";
import type { RoomConnections } from "./room-connections.ts";
import type { SubrequestBudget } from "./subrequest-budget.ts";

export type CommandFrame = Extract<ParsedFrame, { kind: "command" }>;

/** A frame with a message in the form of a slash command. */
export type TypedFrame = CommandFrame & {
  command: Extract<Command, { type: "messageCreate" | "threadCreate" }>;
};

export interface TypedCommandsOptions {
  env: Env;
  config: Config;
  /** Of the upgrade request. */
  origin: string;
  /** Whether the user of the socket is a bot, which posts text only. */
  isBot: boolean;
  client: ClientSocket;
  errors: ErrorReplies;
  rooms: RoomConnections;
  budget: SubrequestBudget;
  waitUntil: (work: Promise<unknown>) => void;
}

/** Commands of bots that one socket has running at the same time: each may hold a connection to another server for seconds. */
const maxRunning = 5;
/** The most calls that a command of this server takes (`/invite` with ten users), and a bot's. */
const subrequestsOfCommand = 15;

/** The slash commands that a client sends as messages over the shared socket. */
export class TypedCommands {
  readonly #options: TypedCommandsOptions;
  #running = 0;

  constructor(options: TypedCommandsOptions) {
    this.#options = options;
  }

  /** Returns whether a frame has the form of a slash command. For other messages it compares one character. */
  isTyped({ command }: CommandFrame): boolean {
    return (
      !this.#options.isBot &&
      (command.type === "messageCreate" || command.type === "threadCreate") &&
      parseTyped(command.data) !== undefined
    );
  }

  /**
   * Runs the command in a frame and sends the `ack`, whose data is the `command`. Commands of the server have been executed when this resolves. The
   * command of a bot goes on, so that later frames of the channel do not wait for the bot.
   *
   * @returns undefined: the message is to be posted; `running`: settles once the frame has its reply
   * @throws `unavailable` while too many commands of this socket run; as the endpoint that runs commands
   */
  async run(channelId: string, frame: TypedFrame): Promise<{ running: Promise<void> } | undefined> {
    const { env, config, origin, rooms, budget, waitUntil } = this.#options;
    budget.spendSubrequest(subrequestsOfCommand);
    const actor = await rooms.checkSession(channelId);
    const prepared = await prepareTyped(
      { env, config, actor, origin, waitUntil },
      channelId,
      frame.command.data,
    );
    if (!prepared) return undefined;
    if (!prepared.waitsForBot) {
      await this.#runAndReply(frame, prepared);
      return { running: Promise.resolve() };
    }
    if (this.#running >= maxRunning)
      reject("unavailable", "Too many commands of this socket wait for bots; try again", {
        retryAfterMs: 1_000,
      });
    this.#running++;
    const running = this.#runAndReply(frame, prepared)
      .catch((error: unknown) => this.#options.errors.rejectChannelFrame(frame, error))
      .finally(() => this.#running--);
    waitUntil(running);
    return { running };
  }

  async #runAndReply({ id, command }: CommandFrame, prepared: PreparedCommand): Promise<void> {
    const data: CommandAck = { command: await prepared.run() };
    const value = { json: JSON.stringify(data), deduplicated: false };
    this.#options.client.sendEnvelope(ackEnvelope(id, command, { ok: true, value }));
  }
}
