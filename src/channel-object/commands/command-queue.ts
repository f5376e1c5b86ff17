import { logDefect } from "../../errors/log-defect.ts";
import type { Actor } from "../../domain/actor.ts";
import { AppError, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { failure, type RpcResult } from "../../rpc/rpc-result.ts";
import { ackEnvelope } from "../../sockets/replies.ts";
import { authorize } from "../../domain/room-state.ts";
import { toAppError } from "../../errors/to-app-error.ts";
import { CommandBatcher } from "../../durable/command-batcher.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import type { Command, FrameId } from "../../protocol/index.ts";
import type { Subscribers } from "../sockets/subscribers.ts";
import { needsPreparation, prepare } from "./handlers.ts";
import { type CommandOutcome, commitBatch, type QueuedCommand } from "./commit-batch.ts";
import { actorOf, type SubscriberConnection } from "../sockets/subscriber.ts";
import type { ChannelProjections } from "../projections/channel-projections.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import type { Reservation, WriteQuota } from "./write-quota.ts";

export interface CommandQueueOptions {
  env: Env;
  storage: DurableObjectStorage;
  room: StoredRoomState;
  audience: Subscribers;
  sinks: ChannelProjections;
  due: AlarmScheduler;
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
  readonly #turns: CommandBatcher<QueuedCommand>;
  #fromRest = 0;
  #inLines = 0;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
    this.#turns = new CommandBatcher<QueuedCommand>({
      commit: (jobs) => this.#commit(jobs),
      tell: () => this.#tell(),
      capacity: options.capacity,
    });
  }

  /** From REST. Refuses what the room refuses by its outcome, and what could not be prepared by throwing. */
  async submit(actor: Actor, command: Command): Promise<RpcResult<CommandOutcome>> {
    // Who may not know of the channel learns nothing of how busy it is.
    authorize(this.#options.room, actor, "readChannel");
    if (this.#fromRest >= this.#options.capacity) return failure(tooMuch());
    this.#fromRest++;
    try {
      return await this.#confirmed(await this.#carryOut(actor, command));
    } finally {
      this.#fromRest--;
    }
  }

  /** From a socket: a command waits for those of the same socket that wait for something outside, for nobody else's. */
  receive(connection: SubscriberConnection, command: Command, id: FrameId | undefined): void {
    const { audience, capacity } = this.#options;
    const { userId } = connection.owner;
    const actor = actorOf(connection);
    audience.expectReply(connection);
    const answer = (outcome: RpcResult<CommandOutcome>): void =>
      audience.reply(connection, ackEnvelope(id, command, outcome));
    const reply = (outcome: RpcResult<CommandOutcome>): void => {
      // Whose own reading ends is told before the socket closes.
      if (!narrows(outcome) || endsFor(outcome, userId)) return answer(outcome);
      void this.#confirmed(outcome).then((confirmed) => {
        answer(confirmed);
        audience.sendReplies();
      });
    };
    // Once in the queue, a command keeps its place; only what is prepared, or waits for its sender's hub, has to be waited for.
    const { quota } = this.#options;
    if (!connection.pendingPreparation && !needsPreparation(command) && !quota.mustWait(userId))
      return this.#enqueueCounted(actor, command, reply);
    const run = async (): Promise<void> => {
      if (needsPreparation(command)) {
        await this.#carryOut(actor, command, reply);
        return;
      }
      await quota.ready(userId, Date.now());
      this.#enqueueCounted(actor, command, reply);
    };
    if (this.#inLines >= capacity || connection.pendingCount >= lineLength) return this.#turnAway(reply);
    this.#inLines++;
    connection.pendingCount++;
    const line = (connection.pendingPreparation ?? Promise.resolve())
      .then(() => {
        this.#refuseIfEnded(actor);
        return run();
      })
      .catch((error: unknown) => {
        logDefect(error, { command: command.type });
        reply(failure(toAppError(error)));
        audience.sendReplies();
      })
      .then(() => {
        this.#inLines--;
        connection.pendingCount--;
        if (connection.pendingPreparation === line) connection.pendingPreparation = undefined;
      });
    connection.pendingPreparation = line;
  }

  /**
   * Fetches what the room can't know, then queues the command; takes back what was reserved for one that came to nothing.
   * `settle` hears of the outcome within the turn, before the room does.
   */
  async #carryOut(
    actor: Actor,
    command: Command,
    settle?: QueuedCommand["settle"],
  ): Promise<RpcResult<CommandOutcome>> {
    const { quota } = this.#options;
    await quota.ready(actor.userId, Date.now());
    const reservation = quota.take(actor.userId, command, Date.now());
    let outcome: RpcResult<CommandOutcome> | undefined;
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
    settle?: QueuedCommand["settle"],
  ): Promise<RpcResult<CommandOutcome>> {
    const { env, room, audience } = this.#options;
    const { facts, undo } = (await prepare(env, room, actor, command)) ?? { facts: undefined };
    if (audience.hasEnded(actor.sessionId)) await this.#takeBack(command, undo);
    this.#refuseIfEnded(actor);
    const outcome = await new Promise<RpcResult<CommandOutcome>>((resolve) => {
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
        error: describeError(error),
      }),
    );
  }

  /** It may have ended while something outside was asked. */
  #refuseIfEnded({ sessionId }: Actor): void {
    if (this.#options.audience.hasEnded(sessionId)) reject("unauthenticated", "This session was ended");
  }

  /**
   * What narrows who may read counts as done once the record and the search index have it: until then lists may show what
   * they should not.
   */
  async #confirmed(outcome: RpcResult<CommandOutcome>): Promise<RpcResult<CommandOutcome>> {
    if (!outcome.ok || !narrows(outcome)) return outcome;
    const { database, search } = this.#options.sinks;
    const { seq } = outcome.value;
    const reached = await Promise.all([database, search].map((sink) => sink.waitFor(seq, narrowingMs)));
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
  #enqueueCounted(actor: Actor, command: Command, settle: QueuedCommand["settle"]): void {
    const { quota, audience } = this.#options;
    let reservation: Reservation;
    try {
      reservation = quota.take(actor.userId, command, Date.now());
    } catch (error) {
      settle(failure(toAppError(error)));
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

  #enqueue(job: QueuedCommand): void {
    if (!this.#turns.add(job)) this.#turnAway(job.settle);
  }

  #turnAway(settle: QueuedCommand["settle"]): void {
    settle(failure(tooMuch()));
    this.#options.audience.sendReplies();
  }

  /** Commit, then the answers: nobody hears of what is not committed, and senders hear first. */
  #commit(jobs: readonly QueuedCommand[]): void {
    const { storage, room, audience, sinks, due } = this.#options;
    const nowMs = Date.now();
    const outcomes = commitBatch(storage, room, jobs, nowMs, {
      ensure: () => sinks.scheduleRetries(nowMs),
      forget: () => due.invalidate(),
    });
    const events = outcomes.flatMap((outcome) => (outcome.ok ? outcome.value.events : []));
    failpoint("room:after-commit");
    jobs.forEach((job, index) => job.settle(outcomes[index] as RpcResult<CommandOutcome>));
    audience.sendReplies();
    failpoint("room:after-ack");
    audience.queueEvents(events);
    // Whose reading has ended is out before their next frame is looked at.
    if (events.some(({ revokesAccessOf }) => revokesAccessOf !== undefined)) audience.broadcastQueued();
  }

  #tell(): void {
    this.#options.audience.broadcastQueued();
    this.#options.sinks.startDraining();
  }
}

/** Whether somebody may read less for it. A removal that was done before is asked for again because it was not confirmed. */
const narrows = (outcome: RpcResult<CommandOutcome>): boolean => outcome.ok && outcome.value.revokesAccess;

const endsFor = (outcome: RpcResult<CommandOutcome>, userId: string): boolean =>
  outcome.ok &&
  outcome.value.events.some(
    ({ revokesAccessOf }) =>
      revokesAccessOf !== undefined && revokesAccessOf !== "outsiders" && revokesAccessOf.userId === userId,
  );

const tooMuch = (): AppError =>
  new AppError({
    code: "unavailable",
    detail: "Too much waits in this channel; try again",
    retryAfterMs: 1_000,
  });
