import type { Actor } from "../../domain/actor.ts";
import type { Prepared } from "../../domain/prepared.ts";
import { authorize } from "../../domain/room-state.ts";
import { type BatchHandler, CommandBatcher } from "../../durable/command-batcher.ts";
import { AppError, assertNever, reject } from "../../errors/app-error.ts";
import { logDefect } from "../../errors/log-defect.ts";
import { toAppError } from "../../errors/to-app-error.ts";
import { failpoint, isSimulatedCrash, neverSettles } from "../../lib/failpoint.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import type { Command } from "../../protocol/index.ts";
import { failure, type RpcResult } from "../../rpc/rpc-result.ts";
import { ackEnvelope } from "../../sockets/replies.ts";
import type { Subscribers } from "../sockets/subscribers.ts";
import {
  commitCommands,
  type CommandOrigin,
  type CommandOutcome,
  type CommitParticipants,
  type QueuedCommand,
} from "./commit-batch.ts";
import { needsPreparation, prepare } from "./handlers.ts";
import type { WriteQuota } from "./write-quota.ts";

type SocketOrigin = Extract<CommandOrigin, { kind: "socket" }>;

export interface CommandQueueOptions extends CommitParticipants {
  env: Env;
  subscribers: Subscribers;
  quota: WriteQuota;
  /** How many commands may wait for a commit; as many again may be in preparation over sockets, and over REST. */
  capacity: number;
  /** Whether the channel was deleted for good, or is being deleted. */
  isClosed: () => boolean;
}

/** How many commands of one socket may be in preparation, or wait behind one that is. */
const maxPreparingPerSocket = 100;
/** How long the `ack` of a command that removes read access waits for D1 and the search index. */
const confirmTimeoutMs = 10_000;

/**
 * The path of every command through a room: `submit` → (`#prepare`, if something outside is needed) → `#enqueue` → `commitBatch` →
 * `#acknowledge`; then `broadcastCommitted`, in a separate event.
 */
export class CommandQueue implements BatchHandler<QueuedCommand> {
  readonly #options: CommandQueueOptions;
  readonly #batcher: CommandBatcher<QueuedCommand>;
  #restCommands = 0;
  #preparing = 0;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
    this.#batcher = new CommandBatcher(this, options.capacity);
  }

  /**
   * Submits a command of an RPC caller and waits for its outcome.
   *
   * @throws `not_found` if the actor may not read the channel, before the response could reveal how busy it is; what preparing it throws
   */
  async execute(actor: Actor, command: Command): Promise<RpcResult<CommandOutcome>> {
    authorize(this.#options.room, actor, "readChannel");
    if (this.#restCommands >= this.#options.capacity) return failure(queueFull());
    this.#restCommands++;
    try {
      const outcome = Promise.withResolvers<RpcResult<CommandOutcome>>();
      this.submit(actor, command, { kind: "rest", outcome });
      return await this.#confirm(await outcome.promise);
    } finally {
      this.#restCommands--;
    }
  }

  /**
   * Accepts a command from a socket or from REST. Every command is acknowledged exactly once.
   *
   * A socket's command that needs nothing from outside the room is queued at once. Any other is prepared first, and later commands of
   * the same socket wait behind it, so that a socket's commands stay in order. Commands of other sockets do not wait.
   */
  submit(actor: Actor, command: Command, origin: CommandOrigin): void {
    const queued: QueuedCommand = {
      actor,
      command,
      origin,
      prepared: undefined,
      reservation: undefined,
      settled: undefined,
    };
    if (origin.kind === "rest") return void this.#prepare(queued).catch(origin.outcome.reject);
    const { connection } = origin;
    const { quota, subscribers, capacity, room } = this.#options;
    subscribers.expectReply(connection);
    if (
      !connection.pendingPreparation &&
      !needsPreparation(room, command) &&
      !quota.mustWait(actor.userId, command)
    )
      return this.#enqueue(queued);
    if (this.#preparing >= capacity || connection.pendingCount >= maxPreparingPerSocket)
      return this.#acknowledgeNow(queued, failure(queueFull()));
    this.#prepareInOrder(queued, origin);
  }

  /** Commits a batch, then acknowledges its senders. Called by the batcher. */
  commitBatch(batch: readonly QueuedCommand[]): void {
    const { subscribers, isClosed } = this.#options;
    // The deletion may have begun while a command was prepared; its tables may be gone.
    const outcomes = isClosed()
      ? batch.map(() => failure(new AppError({ code: "not_found", detail: "No such channel" })))
      : commitCommands(this.#options, batch, Date.now());
    failpoint("room:after-commit");
    // From here on the events are stored. If the process dies, clients without an `ack` repeat their commands, and subscribers read
    // the events from the log when they resume.
    const events = outcomes.flatMap((outcome) => (outcome.ok ? outcome.value.events : []));
    batch.forEach((queued, index) => this.#acknowledge(queued, outcomes[index] as RpcResult<CommandOutcome>));
    subscribers.sendReplies();
    failpoint("room:after-ack");
    subscribers.queueEvents(events);
    // A user who lost read access is disconnected before the room looks at their next frame.
    if (events.some(({ revokesAccessOf }) => revokesAccessOf !== undefined)) subscribers.broadcastQueued();
  }

  /** Sends subscribers what the last batch committed, and starts the projections. Called by the batcher. */
  broadcastCommitted(): void {
    this.#options.subscribers.broadcastQueued();
    this.#options.projections.startDraining();
  }

  /** Prepares a socket's command behind those that the same socket sent before. */
  #prepareInOrder(queued: QueuedCommand, { connection }: SocketOrigin): void {
    this.#preparing++;
    connection.pendingCount++;
    const preparation = this.#prepareAfter(connection.pendingPreparation, queued).then(() => {
      this.#preparing--;
      connection.pendingCount--;
      if (connection.pendingPreparation === preparation) connection.pendingPreparation = undefined;
    });
    connection.pendingPreparation = preparation;
  }

  async #prepareAfter(previous: Promise<void> | undefined, queued: QueuedCommand): Promise<void> {
    await previous;
    try {
      this.#rejectIfSessionEnded(queued.actor);
      await this.#prepare(queued);
    } catch (error) {
      if (isSimulatedCrash(error)) return neverSettles();
      logDefect(error, { command: queued.command.type });
      this.#acknowledgeNow(queued, failure(toAppError(error)));
    }
  }

  /**
   * Waits for the quota, fetches what the decision needs from outside the room, and queues the command. Returns once it is queued; a
   * command that reserved something outside, once it is acknowledged and, if it changed nothing, undone.
   *
   * @throws what the quota and the preparation throw; the command was then neither queued nor acknowledged
   */
  async #prepare(queued: QueuedCommand): Promise<void> {
    const { env, room, quota, subscribers } = this.#options;
    const { actor, command } = queued;
    await quota.waitForHub(actor.userId, command, Date.now());
    if (!needsPreparation(room, command)) {
      this.#rejectIfSessionEnded(actor);
      return this.#enqueue(queued);
    }
    queued.reservation = quota.reserve(actor.userId, command, Date.now());
    try {
      const prepared = await prepare(env, room, actor, command);
      // The session may have ended meanwhile.
      if (subscribers.hasEnded(actor.sessionId)) await this.#undo(command, prepared);
      this.#rejectIfSessionEnded(actor);
      queued.prepared = prepared;
    } catch (error) {
      quota.settle(queued.reservation, undefined);
      queued.reservation = undefined;
      throw error;
    }
    queued.settled = Promise.withResolvers();
    this.#enqueue(queued);
    await queued.settled.promise;
  }

  /** Adds a command to the next batch, once the quota has accepted it. */
  #enqueue(queued: QueuedCommand): void {
    try {
      queued.reservation ??= this.#options.quota.reserve(queued.actor.userId, queued.command, Date.now());
    } catch (error) {
      return this.#acknowledgeNow(queued, failure(toAppError(error)));
    }
    if (!this.#batcher.add(queued)) this.#acknowledgeNow(queued, failure(queueFull()));
  }

  /** Acknowledges a command that no batch contains. */
  #acknowledgeNow(queued: QueuedCommand, outcome: RpcResult<CommandOutcome>): void {
    this.#acknowledge(queued, outcome);
    this.#options.subscribers.sendReplies();
  }

  /**
   * Delivers a command's outcome to its sender, settles its quota reservation, and undoes its preparation if it changed nothing. The reply
   * to a socket is sent by the next `sendReplies`.
   */
  #acknowledge(queued: QueuedCommand, outcome: RpcResult<CommandOutcome>): void {
    const { actor, command, origin, prepared, reservation, settled } = queued;
    if (reservation) this.#options.quota.settle(reservation, outcome);
    const hasChanged = outcome.ok && outcome.value.events.length > 0;
    const undone = hasChanged ? undefined : this.#undo(command, prepared);
    settled?.resolve(undone);
    switch (origin.kind) {
      case "socket":
        // A sender who loses access by the command gets the `ack` now, because their socket is about to be closed.
        if (isConfirmedLater(outcome) && !revokesAccessOf(outcome, actor.userId))
          return void this.#replyOnceConfirmed(origin, command, outcome);
        return this.#options.subscribers.queueReply(
          origin.connection,
          ackEnvelope(origin.id, command, outcome),
        );
      case "rest":
        return origin.outcome.resolve(undone ? undone.then(() => outcome) : outcome);
      default:
        return assertNever(origin);
    }
  }

  async #replyOnceConfirmed(
    { connection, id }: SocketOrigin,
    command: Command,
    outcome: RpcResult<CommandOutcome>,
  ): Promise<void> {
    const { subscribers } = this.#options;
    subscribers.queueReply(connection, ackEnvelope(id, command, await this.#confirm(outcome)));
    subscribers.sendReplies();
  }

  /**
   * Releases what preparing reserved outside the room: a name in D1, files in a hub. If the process dies before this or the call fails,
   * the reservation stays until its owner asks the room whether it is used (`holdsClaim`, `carriedFiles`). Releasing twice is safe.
   */
  #undo(command: Command, prepared: Prepared<unknown> | undefined): Promise<void> | undefined {
    return prepared?.undo?.().catch((error: unknown) =>
      logLine({
        level: "warn",
        message: "room.undo_failed",
        command: command.type,
        error: describeError(error),
      }),
    );
  }

  #rejectIfSessionEnded({ sessionId }: Actor): void {
    if (this.#options.subscribers.hasEnded(sessionId)) reject("unauthenticated", "This session was ended");
  }

  /**
   * Waits until D1 and the search index have a command that removes read access: until then they may return what the user must no
   * longer see. It is in force in the room already, and repeating it is safe.
   */
  async #confirm(outcome: RpcResult<CommandOutcome>): Promise<RpcResult<CommandOutcome>> {
    if (!outcome.ok || !isConfirmedLater(outcome)) return outcome;
    const { database, search } = this.#options.projections;
    const { seq } = outcome.value;
    const reached = await Promise.all([database, search].map((sink) => sink.waitFor(seq, confirmTimeoutMs)));
    if (reached.every(Boolean)) return outcome;
    return failure(
      new AppError({
        code: "unavailable",
        detail: "In force in the channel, but not yet everywhere: repeat it until it is confirmed",
        retryAfterMs: 2_000,
      }),
    );
  }
}

const isConfirmedLater = (outcome: RpcResult<CommandOutcome>): boolean =>
  outcome.ok && outcome.value.revokesAccess;

/** Returns whether an outcome ends the read access of this user by name. */
const revokesAccessOf = (outcome: RpcResult<CommandOutcome>, userId: string): boolean =>
  outcome.ok &&
  outcome.value.events.some(
    (event) =>
      event.revokesAccessOf !== undefined &&
      event.revokesAccessOf !== "outsiders" &&
      event.revokesAccessOf.userId === userId,
  );

const queueFull = (): AppError =>
  new AppError({
    code: "unavailable",
    detail: "Too many commands wait in this channel; try again",
    retryAfterMs: 1_000,
  });
