import type { Actor } from "../../domain/actor.ts";
import { AppError, reject } from "../../errors/app-error.ts";
import { failpoint, rethrowSimulatedCrash } from "../../lib/failpoint.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { failure, type RpcResult } from "../../rpc/rpc-result.ts";
import type { Usage } from "../../domain/usage-budget.ts";
import { type Decision, authorize } from "../../domain/room-state.ts";
import type { Prepared } from "../../domain/prepared.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import type { SentEvent } from "../../durable/compact-events.ts";
import { bodyHash } from "../../durable/idempotency-keys.ts";
import type { Command, FrameId } from "../../protocol/index.ts";
import type { ChannelProjections } from "../projections/channel-projections.ts";
import type { SubscriberConnection } from "../sockets/subscriber.ts";
import { decide } from "./handlers.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import { costOf, costOfMemberStateChange } from "./write-cost.ts";
import type { Reservation } from "./write-quota.ts";

/** Where a command came from, and so how its outcome is delivered. */
export type CommandOrigin =
  /** A client's frame. The outcome is sent as `ack` or `error` with the frame's `id`. */
  | { kind: "socket"; connection: SubscriberConnection; id: FrameId | undefined }
  /** A call over RPC: REST, or a gateway for a channel that its client has not subscribed to. */
  | { kind: "rest"; outcome: PromiseWithResolvers<RpcResult<CommandOutcome>> };

/** A command on its way through the queue. */
export interface QueuedCommand {
  readonly actor: Actor;
  readonly command: Command;
  readonly origin: CommandOrigin;
  /** What `prepare` fetched and reserved; undefined for a command that needs nothing from outside the room. */
  prepared: Prepared<unknown> | undefined;
  /** Undefined until the quota has accepted the command. */
  reservation: Reservation | undefined;
  /** Resolves after the command is acknowledged and, where needed, undone. Only for prepared commands. */
  settled: PromiseWithResolvers<void> | undefined;
}

export interface CommandOutcome {
  /** The data of the command's event; if it has none, the current state, which is already as the command requests it. */
  result: object;
  /** `result` as JSON. */
  json: string;
  /** Nothing was written: the nonce was used before for the same command, or nothing had to change. */
  repeated: boolean;
  deduplicated: boolean;
  /**
   * The command removes read access, now or when it was sent first. It is acknowledged once D1 and the search index have it, because
   * until then they may return what the user must no longer see.
   */
  revokesAccess: boolean;
  /** The head of the log at the moment that `result` describes. */
  seq: number;
  /** The last revision of member state, where the command changed any or found it as requested. */
  rev: number | undefined;
  /** The command can change nothing but its sender's own member state. */
  isMemberStateOnly: boolean;
  /** What the write quota is charged; undefined if nothing was written. */
  cost: Usage | undefined;
  events: CommittedEvent[];
}

export interface CommittedEvent extends SentEvent {
  /** The user who loses read access by this event; `outsiders`: every user who is not a member. */
  revokesAccessOf?: { userId: string } | "outsiders";
}

/** What takes part in the transaction of a commit. */
export interface CommitParticipants {
  storage: DurableObjectStorage;
  room: StoredRoomState;
  projections: ChannelProjections;
  alarms: AlarmScheduler;
}

/**
 * Decides and commits all commands of a batch, in order, with no await: one transaction, one fsync. A rejection concerns its own
 * command only, because a decision writes nothing. If a write fails, the transaction is rolled back and each command is tried in a
 * separate transaction.
 *
 * If the process dies before the transaction ends, nothing was written and no command was acknowledged. If it dies after, the alarms
 * that the same transaction scheduled make the projections continue. A client that got no `ack` repeats the command; with a nonce it
 * is written once.
 *
 * @returns the outcomes, in the order of the commands
 */
export function commitCommands(
  participants: CommitParticipants,
  batch: readonly QueuedCommand[],
  nowMs: number,
): RpcResult<CommandOutcome>[] {
  participants.room.setTime(nowMs);
  try {
    return commitTogether(participants, batch, nowMs);
  } catch (error) {
    discardRolledBack(participants);
    rethrowSimulatedCrash(error);
    return batch.map((queued) => commitAlone(participants, queued, nowMs));
  }
}

function commitTogether(
  { storage, room, projections }: CommitParticipants,
  batch: readonly QueuedCommand[],
  nowMs: number,
): RpcResult<CommandOutcome>[] {
  return storage.transactionSync(() => {
    const before = { seq: room.log.head, rev: room.revisions.head };
    const outcomes = batch.map((queued) => decideAndAppend(room, queued));
    const events = outcomes.flatMap((outcome) => (outcome.ok ? outcome.value.events : []));
    projections.skipNotifications(before.seq, events);
    if (room.log.head > before.seq || room.revisions.head > before.rev) projections.scheduleRetries(nowMs);
    failpoint("room:before-commit");
    return outcomes;
  });
}

function commitAlone(
  participants: CommitParticipants,
  queued: QueuedCommand,
  nowMs: number,
): RpcResult<CommandOutcome> {
  try {
    const [outcome] = commitTogether(participants, [queued], nowMs);
    return outcome ?? reject("internal", "A command without an outcome");
  } catch (error) {
    discardRolledBack(participants);
    logLine({
      level: "error",
      message: "room.write_failed",
      command: queued.command.type,
      error: describeError(error),
    });
    return failure(
      new AppError({
        code: "unavailable",
        detail: "The channel could not store this; try again",
        retryAfterMs: 1_000,
      }),
    );
  }
}

/** Discards what the participants cached in a transaction that was rolled back. */
export function discardRolledBack({ room, projections, alarms }: CommitParticipants): void {
  room.invalidate();
  projections.invalidate();
  alarms.invalidate();
}

/**
 * An `AppError` of the decision is the command's outcome: nothing was written yet. Any error while the decision is written rolls the
 * transaction back.
 */
function decideAndAppend(room: StoredRoomState, queued: QueuedCommand): RpcResult<CommandOutcome> {
  let decided: NonceDecision;
  try {
    decided = decideOnce(room, queued);
  } catch (error) {
    if (error instanceof AppError) return failure(error);
    throw error;
  }
  if ("firstSeq" in decided) return { ok: true, value: repeatedOutcome(room, decided.firstSeq) };
  const committed = append(room, queued.actor, decided.decision);
  committed.revokesAccess = revokesAccess(queued.command);
  const [first] = committed.events;
  if (first && decided.key)
    room.nonces.insert(queued.actor.userId, decided.key.nonce, first.seq, decided.key.hash);
  return { ok: true, value: committed };
}

/** Decides by the command, not by its events: a repeated removal has no event, but is acknowledged only once D1 has it. */
const revokesAccess = ({ type, data }: Command): boolean =>
  type === "memberLeave" || (type === "channelUpdate" && data.isPrivate === true);

/** A new decision, with the idempotency key to store; or the `seq` of the event that the same command made the first time. */
type NonceDecision = { decision: Decision; key?: { nonce: string; hash: string } } | { firstSeq: number };

/**
 * Decides a command unless its nonce was used before.
 *
 * @throws `not_found` if the actor may not read the channel; `nonce_reused` for another command or body with the same nonce; what
 *   the command's own decision throws
 */
function decideOnce(room: StoredRoomState, { actor, command, prepared }: QueuedCommand): NonceDecision {
  authorize(room, actor, "readChannel");
  const nonce = "nonce" in command.data ? command.data.nonce : undefined;
  if (nonce === undefined) return { decision: decide(room, actor, command, prepared?.facts) };
  const hash = bodyHash(command.type, command.data);
  const stored = room.nonces.find(actor.userId, nonce);
  if (!stored) return { decision: decide(room, actor, command, prepared?.facts), key: { nonce, hash } };
  // The hash of a deleted message was erased: its tombstone is the result for any body.
  if (stored.hash !== null && stored.hash !== hash)
    reject("nonce_reused", "This nonce was used for another command or body");
  return { firstSeq: stored.seq };
}

/** Returns the outcome of a repeated command: the current state of what its first event created or changed. */
function repeatedOutcome(room: StoredRoomState, firstSeq: number): CommandOutcome {
  const row = room.log.at(firstSeq) ?? reject("internal", "A nonce without its event");
  const result = room.resultOf(row);
  return {
    result,
    json: JSON.stringify(result),
    repeated: true,
    deduplicated: true,
    revokesAccess: false,
    seq: room.log.head,
    rev: room.revisions.head,
    isMemberStateOnly: false,
    cost: undefined,
    events: [],
  };
}

/** Writes a decision within the open transaction: each event to the log and then to the state, then the changes of member state. */
export function append(
  room: StoredRoomState,
  actor: { userId: string },
  { events, result: shared, senderData, memberState }: Decision,
): CommandOutcome {
  const result = senderData ? { ...shared, ...senderData } : shared;
  const { head: revBefore } = room.revisions;
  let json: string | undefined;
  let bytes = 0;
  const committed = events.map((event): CommittedEvent => {
    const { type, projectionData, subject } = event;
    const data = JSON.stringify(event.data);
    if (event.data === result) json = data;
    const row = {
      at: room.atMs,
      type,
      actorId: actor.userId,
      data,
      projectionData: projectionData && JSON.stringify(projectionData),
      subject,
    };
    bytes += Buffer.byteLength(data) + (row.projectionData?.length ?? 0);
    const wasPublic = type === "channelUpdate" && room.channel.type === "public";
    const seq = room.log.append(row);
    room.apply(event);
    return {
      seq,
      at: row.at,
      type,
      data,
      content: event.data,
      ...(type === "memberLeave" && { revokesAccessOf: { userId: event.data.member.userId } }),
      ...(wasPublic && room.channel.type === "private" && { revokesAccessOf: "outsiders" as const }),
    };
  });
  for (const change of memberState ?? []) room.applyMemberState(change);
  return {
    result,
    json: json ?? JSON.stringify(result),
    repeated: committed.length === 0,
    deduplicated: false,
    revokesAccess: false,
    seq: room.log.head,
    rev: memberState || room.revisions.head > revBefore ? room.revisions.head : undefined,
    isMemberStateOnly: memberState !== undefined,
    cost:
      committed.length > 0
        ? costOf(events, bytes)
        : memberState?.length
          ? costOfMemberStateChange
          : undefined,
    events: committed,
  };
}
