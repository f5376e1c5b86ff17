import type { Actor } from "../../domain/actor.ts";
import { AppError, refuse } from "../../errors/app-error.ts";
import { Died, failpoint } from "../../lib/failpoint.ts";
import { errorLine, logLine } from "../../lib/log-line.ts";
import { failure, type Outcome } from "../../rpc/rpc-result.ts";
import type { Usage } from "../../domain/usage-budget.ts";
import { type Decision, require } from "../../domain/room-state.ts";
import { envelope } from "../../durable/event-log.ts";
import { bodyHash } from "../../durable/idempotency-keys.ts";
import type { Command } from "../../protocol/index.ts";
import { decide } from "./handlers.ts";
import type { Room } from "../stored-room-state.ts";
import { costOf, costOfPersonalChange } from "./write-cost.ts";

/** A command in the queue, with what was fetched for it. */
export interface Job {
  actor: Actor;
  command: Command;
  facts: unknown;
  settle: (outcome: Outcome<Committed>) => void;
}

/** What a command came to. */
export interface Committed {
  /** The data of its event, or how things are where nothing had to happen. */
  result: object;
  /** The same as JSON. */
  json: string;
  /** It was done before: a known nonce, or nothing to do. */
  repeated: boolean;
  deduplicated: boolean;
  /** Somebody may read less for it, or was asked to: it is confirmed once the record and the search index have it. */
  narrows: boolean;
  /** Where the log stood then: the result is of that moment. */
  seq: number;
  /** The last revision of what concerns one member alone, where it changed any or found it as it was to be. */
  rev: number | undefined;
  /** It changed what concerns its sender alone, at most. */
  personal: boolean;
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
  ends?: { userId: string } | "outsiders";
}

/**
 * Decides and commits all jobs of a turn, in order, with no await: one transaction, one fsync. A refusal concerns its own
 * job only, since a decision writes nothing. Should a write fail, the turn is taken back and each job tried by itself.
 */
export function commitTurn(
  storage: DurableObjectStorage,
  room: Room,
  jobs: readonly Job[],
  nowMs: number,
  alongside: Alongside,
): Outcome<Committed>[] {
  room.tick(nowMs);
  const attempt = (some: readonly Job[]): Outcome<Committed>[] =>
    storage.transactionSync(() => {
      const before = { seq: room.log.head, rev: room.revisions.head };
      const outcomes = some.map((job) => outcomeOfJob(room, job));
      if (room.log.head > before.seq || room.revisions.head > before.rev) alongside.ensure();
      failpoint("room:before-commit");
      return outcomes;
    });
  const forget = (): void => {
    room.forget();
    alongside.forget();
  };
  try {
    return attempt(jobs);
  } catch (error) {
    forget();
    if (__FAILPOINTS__ && error instanceof Died) throw error;
    return jobs.flatMap((job) => {
      try {
        return attempt([job]);
      } catch (fault) {
        forget();
        logLine({
          level: "error",
          message: "write failed",
          command: job.command.type,
          error: errorLine(fault),
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
function outcomeOfJob(room: Room, job: Job): Outcome<Committed> {
  let decided: Decided;
  try {
    decided = decideJob(room, job);
  } catch (error) {
    if (error instanceof AppError) return failure(error);
    throw error;
  }
  if ("before" in decided) return { ok: true, value: repeated(room, decided.before) };
  const committed = append(room, job.actor, decided.decision);
  committed.narrows = narrows(job.command);
  const [first] = committed.events;
  if (first && decided.keep)
    room.nonces.keep(job.actor.userId, decided.keep.nonce, first.seq, decided.keep.hash);
  return { ok: true, value: committed };
}

/** By the command, not by its events: repeated, it has none and is confirmed all the same only once the record has it. */
const narrows = ({ type, data }: Command): boolean =>
  type === "memberLeave" || (type === "channelUpdate" && data.isPrivate === true);

/** May this user see the channel; was this nonce used before, and for what; what happens. */
function decideJob(room: Room, { actor, command, facts }: Job): Decided {
  require(room, actor, "readChannel");
  const nonce = "nonce" in command.data ? command.data.nonce : undefined;
  if (nonce === undefined) return { decision: decide(room, actor, command, facts) };
  const hash = bodyHash(command.type, command.data);
  const known = room.nonces.find(actor.userId, nonce);
  // Of a deleted message the body is no longer known: its tombstone is the answer.
  if (known && known.hash !== null && known.hash !== hash)
    refuse("nonce_reused", "This nonce was used for another command or body");
  return known
    ? { before: known.seq }
    : { decision: decide(room, actor, command, facts), keep: { nonce, hash } };
}

/** The first result again, from the present state. */
function repeated(room: Room, seq: number): Committed {
  const row = room.log.at(seq) ?? refuse("internal", "A nonce without its event");
  const result = room.resultOf(row);
  return {
    result,
    json: JSON.stringify(result),
    repeated: true,
    deduplicated: true,
    narrows: false,
    seq: room.log.head,
    rev: room.revisions.head,
    personal: false,
    cost: undefined,
    events: [],
  };
}

/** Writes what was decided: each event to the log, then to the state; then what concerns one member alone. */
export function append(
  room: Room,
  actor: { userId: string },
  { events, result: told, report, personal }: Decision,
): Committed {
  const result = report ? { ...told, ...report } : told;
  const { head: revBefore } = room.revisions;
  let json: string | undefined;
  let bytes = 0;
  const committed = events.map((event): CommittedEvent => {
    const { type, forSinks, subject } = event;
    const data = JSON.stringify(event.data);
    if (event.data === result) json = data;
    const row = {
      at: room.atMs,
      type,
      actorId: actor.userId,
      data,
      forSinks: forSinks && JSON.stringify(forSinks),
      subject,
    };
    bytes += Buffer.byteLength(data) + (row.forSinks?.length ?? 0);
    const wasPublic = type === "channelUpdate" && room.channel.type === "public";
    const seq = room.log.append(row);
    room.apply(event);
    return {
      seq,
      envelope: envelope({ seq, ...row }, room.channel.id),
      ...(type === "memberLeave" && { ends: { userId: event.data.member.userId } }),
      ...(wasPublic && room.channel.type === "private" && { ends: "outsiders" as const }),
    };
  });
  for (const change of personal ?? []) room.applyPersonal(change);
  return {
    result,
    json: json ?? JSON.stringify(result),
    repeated: committed.length === 0,
    deduplicated: false,
    narrows: false,
    seq: room.log.head,
    rev: personal || room.revisions.head > revBefore ? room.revisions.head : undefined,
    personal: personal !== undefined,
    cost: committed.length > 0 ? costOf(events, bytes) : personal?.length ? costOfPersonalChange : undefined,
    events: committed,
  };
}
