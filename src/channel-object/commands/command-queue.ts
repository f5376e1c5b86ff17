import type { Actor } from "../../domain/actor.ts";
import { AppError, refuse } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { errorLine, logLine } from "../../lib/log-line.ts";
import { failure, type Outcome } from "../../rpc/rpc-result.ts";
import { replyTo } from "../../sockets/replies.ts";
import { require } from "../../domain/room-state.ts";
import { translate } from "../../errors/to-app-error.ts";
import { Turns } from "../../durable/command-batcher.ts";
import type { Due } from "../../durable/alarm-scheduler.ts";
import type { Command, FrameId } from "../../protocol/index.ts";
import type { Audience } from "../sockets/subscribers.ts";
import { needsPreparation, prepare } from "./handlers.ts";
import { type Committed, commitTurn, type Job } from "./commit-batch.ts";
import { actorOf, type ReaderConnection } from "../sockets/subscriber.ts";
import type { Sinks } from "../projections/channel-projections.ts";
import type { Room } from "../stored-room-state.ts";
import type { Reservation, WriteQuota } from "./write-quota.ts";

export interface CommandQueueOptions {
  env: Env;
  storage: DurableObjectStorage;
  room: Room;
  audience: Audience;
  sinks: Sinks;
  due: Due;
  quota: WriteQuota;
  /** How many commands may wait, and how many more may be under way to the queue from either door. */
  capacity: number;
}

/** Of one socket, how many commands may wait for something outside, or behind one that does. */
const lineLength = 100;
/** What narrows who may read is answered once the record and the search index have it; this is how long it may take. */
const narrowingMs = 10_000;

/** The way of a command through a room, whichever door it came by: prepared, queued, decided and committed, answered, told. */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  readonly #turns: Turns<Job>;
  #fromRest = 0;
  #inLines = 0;

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
    // Who may not know of the channel learns nothing of how busy it is.
    require(this.#options.room, actor, "readChannel");
    if (this.#fromRest >= this.#options.capacity) return failure(tooMuch());
    this.#fromRest++;
    try {
      return await this.#confirmed(await this.#carryOut(actor, command));
    } finally {
      this.#fromRest--;
    }
  }

  /** From a socket: a command waits for those of the same socket that wait for something outside, for nobody else's. */
  receive(connection: ReaderConnection, command: Command, id: FrameId | undefined): void {
    const { audience, capacity } = this.#options;
    const { userId } = connection.holder;
    const actor = actorOf(connection);
    audience.expectReply(connection);
    const answer = (outcome: Outcome<Committed>): void =>
      audience.reply(connection, replyTo(id, command, outcome));
    const reply = (outcome: Outcome<Committed>): void => {
      // Whose own reading ends is told before the socket closes.
      if (!narrows(outcome) || endsFor(outcome, userId)) return answer(outcome);
      void this.#confirmed(outcome).then((confirmed) => {
        answer(confirmed);
        audience.sendReplies();
      });
    };
    // Once in the queue, a command keeps its place; only what is prepared, or waits for its sender's hub, has to be waited for.
    const { quota } = this.#options;
    if (!connection.line && !needsPreparation(command) && !quota.mustWait(userId))
      return this.#enqueueCounted(actor, command, reply);
    const run = async (): Promise<void> => {
      if (needsPreparation(command)) {
        await this.#carryOut(actor, command, reply);
        return;
      }
      await quota.ready(userId, Date.now());
      this.#enqueueCounted(actor, command, reply);
    };
    if (this.#inLines >= capacity || connection.inLine >= lineLength) return this.#turnAway(reply);
    this.#inLines++;
    connection.inLine++;
    const line = (connection.line ?? Promise.resolve())
      .then(() => {
        this.#refuseIfEnded(actor);
        return run();
      })
      .catch((error: unknown) => {
        if (!(error instanceof AppError))
          logLine({
            level: "error",
            message: "command failed",
            command: command.type,
            error: errorLine(error),
          });
        reply(failure(translate(error)));
        audience.sendReplies();
      })
      .then(() => {
        this.#inLines--;
        connection.inLine--;
        if (connection.line === line) connection.line = undefined;
      });
    connection.line = line;
  }

  /**
   * Fetches what the room can't know, then queues the command; takes back what was reserved for one that came to nothing.
   * `settle` hears of the outcome within the turn, before the room does.
   */
  async #carryOut(actor: Actor, command: Command, settle?: Job["settle"]): Promise<Outcome<Committed>> {
    const { quota } = this.#options;
    await quota.ready(actor.userId, Date.now());
    const reservation = quota.take(actor.userId, command, Date.now());
    let outcome: Outcome<Committed> | undefined;
    try {
      outcome = await this.#prepareAndEnqueue(actor, command, settle);
    } finally {
      quota.settle(reservation, outcome);
    }
    return outcome;
  }

  async #prepareAndEnqueue(
    actor: Actor,
    command: Command,
    settle?: Job["settle"],
  ): Promise<Outcome<Committed>> {
    const { env, room, audience } = this.#options;
    const { facts, undo } = (await prepare(env, room, actor, command)) ?? { facts: undefined };
    if (audience.hasEnded(actor.sessionId)) await this.#takeBack(command, undo);
    this.#refuseIfEnded(actor);
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
    if (cameToNothing) await this.#takeBack(command, undo);
    return outcome;
  }

  /** What can't be taken back now, the sweep takes. */
  async #takeBack(command: Command, undo: (() => Promise<void>) | undefined): Promise<void> {
    await undo?.().catch((error: unknown) =>
      logLine({
        level: "warn",
        message: "left to the sweep",
        command: command.type,
        error: errorLine(error),
      }),
    );
  }

  /** It may have ended while something outside was asked. */
  #refuseIfEnded({ sessionId }: Actor): void {
    if (this.#options.audience.hasEnded(sessionId)) refuse("unauthenticated", "This session was ended");
  }

  /**
   * What narrows who may read counts as done once the record and the search index have it: until then lists may show what
   * they should not.
   */
  async #confirmed(outcome: Outcome<Committed>): Promise<Outcome<Committed>> {
    if (!outcome.ok || !narrows(outcome)) return outcome;
    const { record, search } = this.#options.sinks;
    const { seq } = outcome.value;
    const reached = await Promise.all([record, search].map((sink) => sink.until(seq, narrowingMs)));
    if (reached.every(Boolean)) return outcome;
    return failure(
      new AppError({
        code: "unavailable",
        detail: "In force in the channel, but not yet everywhere: repeat it until it is confirmed",
        retryAfterMs: 2_000,
      }),
    );
  }

  /** Queues a command for which nothing is fetched, or rejects it as the quota says. */
  #enqueueCounted(actor: Actor, command: Command, settle: Job["settle"]): void {
    const { quota, audience } = this.#options;
    let reservation: Reservation;
    try {
      reservation = quota.take(actor.userId, command, Date.now());
    } catch (error) {
      settle(failure(translate(error)));
      return audience.sendReplies();
    }
    this.#enqueue({
      actor,
      command,
      facts: undefined,
      settle: (outcome) => {
        quota.settle(reservation, outcome);
        settle(outcome);
      },
    });
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
    const { storage, room, audience, sinks, due } = this.#options;
    const nowMs = Date.now();
    const outcomes = commitTurn(storage, room, jobs, nowMs, {
      ensure: () => sinks.ensure(nowMs),
      forget: () => due.forget(),
    });
    const events = outcomes.flatMap((outcome) => (outcome.ok ? outcome.value.events : []));
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
    this.#options.sinks.kick();
  }
}

/** Whether somebody may read less for it. A removal that was done before is asked for again because it was not confirmed. */
const narrows = (outcome: Outcome<Committed>): boolean => outcome.ok && outcome.value.narrows;

const endsFor = (outcome: Outcome<Committed>, userId: string): boolean =>
  outcome.ok &&
  outcome.value.events.some(
    ({ ends }) => ends !== undefined && ends !== "outsiders" && ends.userId === userId,
  );

const tooMuch = (): AppError =>
  new AppError({
    code: "unavailable",
    detail: "Too much waits in this channel; try again",
    retryAfterMs: 1_000,
  });
