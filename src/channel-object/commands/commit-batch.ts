import type { Actor } from "../../domain/actor.ts";
import { AppError, reject } from "../../errors/app-error.ts";
import { failpoint, rethrowSimulatedCrash } from "../../lib/failpoint.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { failure, type RpcResult } from "../../rpc/rpc-result.ts";
import type { Usage } from "../../domain/usage-budget.ts";
import { type Decision, authorize } from "../../domain/room-state.ts";
import { eventEnvelope } from "../../durable/event-log.ts";
import { bodyHash } from "../../durable/idempotency-keys.ts";
import type { Command } from "../../protocol/index.ts";
import { decide } from "./handlers.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import { costOf, costOfPersonalChange } from "./write-cost.ts";

/** A command in the queue, with what was fetched for it. */
export interface QueuedCommand {
  actor: Actor;
  command: Command;
  facts: unknown;
  settle: (outcome: RpcResult<CommandOutcome>) => void;
}

/** What a command came to. */
export interface CommandOutcome {
  /** The data of its event, or how things are where nothing had to happen. */
  result: object;
  /** The same as JSON. */
  json: string;
  /** It was done before: a known nonce, or nothing to do. */
  repeated: boolean;
  deduplicated: boolean;
  /** Somebody may read less for it, or was asked to: it is confirmed once the record and the search index have it. */
  revokesAccess: boolean;
  /** Where the log stood then: the result is of that moment. */
  seq: number;
  /** The last revision of what concerns one member alone, where it changed any or found it as it was to be. */
  rev: number | undefined;
  /** It changed what concerns its sender alone, at most. */
  isMemberStateOnly: boolean;
  /** What it added; undefined where it changed nothing. */
  cost: Usage | undefined;
  events: CommittedEvent[];
}

/** What takes part in the transaction besides the room's own tables. */
export interface Alongside {
  /** Called once where something was written. */
  ensure: () => void;
  /** What was held in memory of it may have been taken back. */
  forget: () => void;
}

export interface CommittedEvent {
  seq: number;
  envelope: string;
  /** Whose reading it ends: a user's, or everybody's who is no member. */
  revokesAccessOf?: { userId: string } | "outsiders";
}

/**
 * Decides and commits all jobs of a turn, in order, with no await: one transaction, one fsync. A refusal concerns its own
 * job only, since a decision writes nothing. Should a write fail, the turn is taken back and each job tried by itself.
 */
export function commitBatch(
  storage: DurableObjectStorage,
  room: StoredRoomState,
  jobs: readonly QueuedCommand[],
  nowMs: number,
  alongside: Alongside,
): RpcResult<CommandOutcome>[] {
  room.setTime(nowMs);
  const attempt = (some: readonly QueuedCommand[]): RpcResult<CommandOutcome>[] =>
    storage.transactionSync(() => {
      const before = { seq: room.log.head, rev: room.revisions.head };
      const outcomes = some.map((job) => outcomeOfJob(room, job));
      if (room.log.head > before.seq || room.revisions.head > before.rev) alongside.ensure();
      failpoint("room:before-commit");
      return outcomes;
    });
  const forget = (): void => {
    room.invalidate();
    alongside.forget();
  };
  try {
    return attempt(jobs);
  } catch (error) {
    forget();
    rethrowSimulatedCrash(error);
    return jobs.flatMap((job) => {
      try {
        return attempt([job]);
      } catch (fault) {
        forget();
        logLine({
          level: "error",
          message: "write failed",
          command: job.command.type,
          error: describeError(fault),
        });
        return failure(
          new AppError({
            code: "unavailable",
            detail: "The channel could not write this; try again",
            retryAfterMs: 1_000,
          }),
        );
      }
    });
  }
}

type Decided = { decision: Decision; keep?: { nonce: string; hash: string } } | { before: number };

/** A refusal comes from the decision alone, which has written nothing; what fails while it is written takes the job back. */
function outcomeOfJob(room: StoredRoomState, job: QueuedCommand): RpcResult<CommandOutcome> {
  let decided: Decided;
  try {
    decided = decideJob(room, job);
  } catch (error) {
    if (error instanceof AppError) return failure(error);
    throw error;
  }
  if ("before" in decided) return { ok: true, value: repeated(room, decided.before) };
  const committed = append(room, job.actor, decided.decision);
  committed.revokesAccess = narrows(job.command);
  const [first] = committed.events;
  if (first && decided.keep)
    room.nonces.insert(job.actor.userId, decided.keep.nonce, first.seq, decided.keep.hash);
  return { ok: true, value: committed };
}

/** By the command, not by its events: repeated, it has none and is confirmed all the same only once the record has it. */
const narrows = ({ type, data }: Command): boolean =>
  type === "memberLeave" || (type === "channelUpdate" && data.isPrivate === true);

/** May this user see the channel; was this nonce used before, and for what; what happens. */
function decideJob(room: StoredRoomState, { actor, command, facts }: QueuedCommand): Decided {
  authorize(room, actor, "readChannel");
  const nonce = "nonce" in command.data ? command.data.nonce : undefined;
  if (nonce === undefined) return { decision: decide(room, actor, command, facts) };
  const hash = bodyHash(command.type, command.data);
  const known = room.nonces.find(actor.userId, nonce);
  // Of a deleted message the body is no longer known: its tombstone is the answer.
  if (known && known.hash !== null && known.hash !== hash)
    reject("nonce_reused", "This nonce was used for another command or body");
  return known
    ? { before: known.seq }
    : { decision: decide(room, actor, command, facts), keep: { nonce, hash } };
}

/** The first result again, from the present state. */
function repeated(room: StoredRoomState, seq: number): CommandOutcome {
  const row = room.log.at(seq) ?? reject("internal", "A nonce without its event");
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

/** Writes what was decided: each event to the log, then to the state; then what concerns one member alone. */
export function append(
  room: StoredRoomState,
  actor: { userId: string },
  { events, result: told, senderData, memberState }: Decision,
): CommandOutcome {
  const result = senderData ? { ...told, ...senderData } : told;
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
      envelope: eventEnvelope({ seq, ...row }, room.channel.id),
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
      committed.length > 0 ? costOf(events, bytes) : memberState?.length ? costOfPersonalChange : undefined,
    events: committed,
  };
}
