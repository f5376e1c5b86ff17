import type { Actor } from "../core/actor.ts";
import { AppError, refuse } from "../core/app-error.ts";
import { failpoint } from "../core/failpoint.ts";
import { errorLine, logLine } from "../core/log-line.ts";
import { failure, type Outcome } from "../core/outcome.ts";
import { translate } from "../core/translate.ts";
import type { Sink } from "../log/sink.ts";
import { Turns } from "../log/turns.ts";
import type { Command, FrameId } from "../protocol/index.ts";
import type { Audience, ReaderConnection } from "./audience.ts";
import { needsPreparation, prepare } from "./commands.ts";
import { type Committed, commitTurn, type Job } from "./commit.ts";
import { replyTo } from "./replies.ts";
import type { Room } from "./state.ts";

export interface CommandQueueOptions {
  env: Env;
  storage: DurableObjectStorage;
  room: Room;
  audience: Audience;
  record: Sink;
  /** How many commands may wait, and how many more may be under way to the queue. */
  capacity: number;
}

/** The way of a command through a room, whichever door it came by: prepared, queued, decided and committed, answered, told. */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  readonly #turns: Turns<Job>;
  #underWay = 0;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
    this.#turns = new Turns<Job>({
      commit: (jobs) => this.#commit(jobs),
      tell: () => this.#tell(),
      capacity: options.capacity,
    });
  }

  /** From REST. Refuses what the room refuses by its outcome, and what could not be prepared by throwing. */
  async submit(actor: Actor, command: Command): Promise<Outcome<Committed>> {
    if (this.#underWay >= this.#options.capacity) return failure(tooMuch());
    this.#underWay++;
    try {
      return await this.#carryOut(actor, command);
    } finally {
      this.#underWay--;
    }
  }

  /** From a socket: a command waits for those of the same socket that wait for something outside, for nobody else's. */
  receive(connection: ReaderConnection, command: Command, id: FrameId | undefined): void {
    const { audience, capacity } = this.#options;
    const { userId, sessionId, role } = connection.holder;
    const actor: Actor = { userId, sessionId, role };
    const reply = (outcome: Outcome<Committed>): void => audience.reply(connection, replyTo(id, command, outcome));
    // Once in the queue, a command keeps its place; only what is prepared has to be waited for.
    const run = needsPreparation(command)
      ? () => this.#carryOut(actor, command, reply)
      : () => this.#enqueue({ actor, command, facts: undefined, settle: reply });
    if (!connection.line && !needsPreparation(command)) return void run();
    if (this.#underWay >= capacity) return this.#turnAway(reply);
    this.#underWay++;
    const line = (connection.line ?? Promise.resolve())
      .then(run)
      .catch((error: unknown) => {
        if (!(error instanceof AppError)) logLine({ level: "error", message: "command failed", command: command.type, error: errorLine(error) });
        reply(failure(translate(error)));
        audience.sendReplies();
      })
      .then(() => {
        this.#underWay--;
        if (connection.line === line) connection.line = undefined;
      });
    connection.line = line;
  }

  /**
   * Fetches what the room can't know, then queues the command; takes back what was reserved for one that came to nothing.
   * `settle` hears of the outcome within the turn, before the room does.
   */
  async #carryOut(actor: Actor, command: Command, settle?: Job["settle"]): Promise<Outcome<Committed>> {
    const { env, room, audience } = this.#options;
    const { facts, undo } = (await prepare(env, room, actor, command)) ?? { facts: undefined };
    // It may have ended while something outside was asked.
    if (audience.hasEnded(actor.sessionId)) refuse("unauthenticated", "This session was ended");
    const outcome = await new Promise<Outcome<Committed>>((resolve) => {
      this.#enqueue({
        actor,
        command,
        facts,
        settle: (decided) => {
          settle?.(decided);
          resolve(decided);
        },
      });
    });
    const cameToNothing = !outcome.ok || outcome.value.events.length === 0;
    if (undo && cameToNothing) await undo().catch((error: unknown) => logLine({ level: "warn", message: "left to the sweep", command: command.type, error: errorLine(error) }));
    return outcome;
  }

  #enqueue(job: Job): void {
    if (!this.#turns.add(job)) this.#turnAway(job.settle);
  }

  #turnAway(settle: Job["settle"]): void {
    settle(failure(tooMuch()));
    this.#options.audience.sendReplies();
  }

  /** Commit, then the answers: nobody hears of what is not committed, and senders hear first. */
  #commit(jobs: readonly Job[]): void {
    const { storage, room, audience, record } = this.#options;
    const outcomes = commitTurn(storage, room, jobs, Date.now());
    const events = outcomes.flatMap((outcome) => (outcome.ok ? outcome.value.events : []));
    if (events.length > 0) record.ensure(Date.now());
    failpoint("room:after-commit");
    jobs.forEach((job, index) => job.settle(outcomes[index] as Outcome<Committed>));
    audience.sendReplies();
    failpoint("room:after-ack");
    audience.hear(events);
    // Whose reading has ended is out before their next frame is looked at.
    if (events.some(({ ends }) => ends !== undefined)) audience.flush();
  }

  #tell(): void {
    this.#options.audience.flush();
    this.#options.record.kick();
  }
}

const tooMuch = (): AppError => new AppError({ code: "unavailable", detail: "Too much waits in this channel; try again", retryAfterMs: 1_000 });
