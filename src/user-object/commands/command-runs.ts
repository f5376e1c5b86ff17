import type { AnswerPlace, CommandRun, GivenAnswer, NewCommandRun } from "../../domain/command-run.ts";
import type { Migration } from "../../durable/migrations.ts";
import { reject } from "../../errors/app-error.ts";
import { limits } from "../../protocol/index.ts";

/**
 * `command_runs`: the invocations of the last 30 minutes. `command_answers`: the answers to them; `place` 0 is the one in the bot's response.
 * `answer_id` is null until the answer was shown. Neither table has a text.
 */
export const createCommandRuns: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE command_runs (
      id TEXT PRIMARY KEY,
      nonce TEXT UNIQUE,
      body_hash TEXT NOT NULL,
      command_id TEXT NOT NULL,
      bot_id TEXT NOT NULL,
      channel_id TEXT NOT NULL,
      thread_id TEXT,
      created_at INTEGER NOT NULL,
      acknowledged INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX command_runs_by_time ON command_runs (created_at);
    CREATE TABLE command_answers (
      run_id TEXT NOT NULL,
      place INTEGER NOT NULL,
      nonce TEXT,
      visibility TEXT,
      answer_id TEXT,
      PRIMARY KEY (run_id, place)
    ) WITHOUT ROWID`);
};

type Row = Omit<CommandRun, "isAcknowledged"> & { acknowledged: number; bodyHash: string };

const columns = `id, command_id AS commandId, bot_id AS botId, channel_id AS channelId, thread_id AS threadId, created_at AS createdAt,
  acknowledged, body_hash AS bodyHash`;

interface AnswerRow extends Record<string, SqlStorageValue> {
  place: number;
  nonce: string | null;
  visibility: GivenAnswer["visibility"] | null;
  answerId: string | null;
}

/** A request to answer an invocation. */
export interface AnswerRequest {
  /** `response`: in the bot's response to the invocation. `url`: at the response URL. */
  by: "response" | "url";
  /** False: it only acknowledges the invocation. */
  hasAnswer: boolean;
  nonce: string | undefined;
}

/** The invocations of bots' commands by this user, for as long as their response URLs are valid. Call the methods that write within a commit. */
export class CommandRuns {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Stores an invocation.
   *
   * @returns the stored invocation; an earlier one with the same nonce, if there is one
   * @throws `nonce_reused` if the nonce was used for something else
   */
  begin({ nonce, bodyHash, ...run }: NewCommandRun, nowMs: number): { run: CommandRun; isRepeated: boolean } {
    this.deleteExpired(nowMs);
    const [before] = nonce === undefined ? [] : this.#select("nonce = ?", nonce);
    if (before) {
      if (before.bodyHash !== bodyHash)
        reject("nonce_reused", "This nonce was used for another command or text");
      return { run: toRun(before), isRepeated: true };
    }
    const { id, commandId, botId, channelId, threadId } = run;
    this.#sql.exec(
      `INSERT INTO command_runs (id, nonce, body_hash, command_id, bot_id, channel_id, thread_id, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      nonce ?? null,
      bodyHash,
      commandId,
      botId,
      channelId,
      threadId,
      nowMs,
    );
    return { run: { ...run, createdAt: nowMs, isAcknowledged: false }, isRepeated: false };
  }

  /** Returns an invocation whose response URL is valid. */
  find(id: string, nowMs: number): CommandRun | undefined {
    const [row] = this.#select("id = ?", id);
    return row && row.createdAt > nowMs - limits.responseUrlMs ? toRun(row) : undefined;
  }

  /** Returns the id of the invocation with a nonce. */
  findByNonce(nonce: string): string | undefined {
    return this.#select("nonce = ?", nonce)[0]?.id;
  }

  /**
   * Acknowledges an invocation and reserves the place of an answer. A repeated request gets the place that it had. By an answer in the bot's
   * response the invocation is acknowledged once the answer is recorded, so that a repeated request after a crash delivers it again.
   *
   * @throws `not_found` for an unknown or expired invocation; `conflict` when the response URL is used up
   */
  reserveAnswer(id: string, { by, hasAnswer, nonce }: AnswerRequest, nowMs: number): AnswerPlace {
    const run = this.find(id, nowMs) ?? noResponseUrl();
    if (by === "url" || !hasAnswer) this.#acknowledge(id);
    const rows = this.#answers(id);
    const place = hasAnswer ? placeOf(rows, { by, nonce }) : null;
    const stored = rows.find((row) => row.place === place);
    if (place !== null && !stored)
      this.#sql.exec(
        "INSERT INTO command_answers (run_id, place, nonce) VALUES (?, ?, ?)",
        id,
        place,
        nonce ?? null,
      );
    const used = Math.max(place ?? 0, rows.at(-1)?.place ?? 0);
    const earlier = rows.filter((row) => place === null || row.place < place).flatMap(given);
    return {
      run,
      place,
      usesLeft: limits.responseUrlUses - used,
      given: stored ? (given(stored)[0] ?? null) : null,
      originals: Object.fromEntries(earlier.map((answer) => [answer.visibility, answer.id])),
      latest: earlier.at(-1) ?? null,
    };
  }

  /** Stores what an answer showed. */
  recordAnswer(runId: string, place: number, { visibility, id }: GivenAnswer): void {
    this.#sql.exec(
      "UPDATE command_answers SET visibility = ?, answer_id = ? WHERE run_id = ? AND place = ?",
      visibility,
      id,
      runId,
      place,
    );
    this.#acknowledge(runId);
  }

  /** Deletes the invocations whose response URLs have expired. */
  deleteExpired(nowMs: number): void {
    this.#delete("created_at <= ?", nowMs - limits.responseUrlMs);
  }

  /** Deletes the invocations in a channel that was deleted for good. */
  deleteChannel(channelId: string): void {
    this.#delete("channel_id = ?", channelId);
  }

  /** Returns when the next response URL expires, in ms since 1970; null without an invocation. */
  nextExpiry(): number | null {
    const { at } = this.#sql
      .exec<{ at: number | null }>("SELECT min(created_at) AS at FROM command_runs")
      .one();
    return at === null ? null : at + limits.responseUrlMs;
  }

  #delete(condition: string, value: string | number): void {
    this.#sql.exec(
      `DELETE FROM command_answers WHERE run_id IN (SELECT id FROM command_runs WHERE ${condition})`,
      value,
    );
    this.#sql.exec(`DELETE FROM command_runs WHERE ${condition}`, value);
  }

  #acknowledge(id: string): void {
    this.#sql.exec("UPDATE command_runs SET acknowledged = 1 WHERE id = ? AND acknowledged = 0", id);
  }

  #select(condition: string, value: string): Row[] {
    return this.#sql
      .exec<Row & Record<string, SqlStorageValue>>(
        `SELECT ${columns} FROM command_runs WHERE ${condition}`,
        value,
      )
      .toArray();
  }

  #answers(runId: string): AnswerRow[] {
    return this.#sql
      .exec<AnswerRow>(
        "SELECT place, nonce, visibility, answer_id AS answerId FROM command_answers WHERE run_id = ? ORDER BY place",
        runId,
      )
      .toArray();
  }
}

/** @throws `not_found`, always, for an unknown and an expired response URL alike */
export const noResponseUrl = (): never =>
  reject("not_found", "This response URL is not valid; URLs expire 30 minutes after the command");

function placeOf(rows: readonly AnswerRow[], { by, nonce }: Pick<AnswerRequest, "by" | "nonce">): number {
  if (by === "response") return 0;
  const repeated = nonce === undefined ? undefined : rows.find((row) => row.place > 0 && row.nonce === nonce);
  if (repeated) return repeated.place;
  const last = rows.at(-1)?.place ?? 0;
  if (last >= limits.responseUrlUses)
    reject("conflict", `This response URL was used ${limits.responseUrlUses} times, which is the limit`);
  return last + 1;
}

const given = ({ visibility, answerId }: AnswerRow): GivenAnswer[] =>
  visibility !== null && answerId !== null ? [{ visibility, id: answerId }] : [];

const toRun = ({ id, commandId, botId, channelId, threadId, createdAt, acknowledged }: Row): CommandRun => ({
  id,
  commandId,
  botId,
  channelId,
  threadId,
  createdAt,
  isAcknowledged: acknowledged === 1,
});
