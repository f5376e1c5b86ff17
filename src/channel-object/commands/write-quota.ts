import { type Config, configOf } from "../../config.ts";
import { AppError, reject } from "../../errors/app-error.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { within } from "../../lib/parallel.ts";
import type { ChargeResult, Usage } from "../../domain/usage-budget.ts";
import type { EventLog } from "../../durable/event-log.ts";
import type { Migration } from "../../durable/migrations.ts";
import type { Command } from "../../protocol/index.ts";
import type { CommandOutcome } from "./commit-batch.ts";
import { ToggleRateLimit } from "./toggle-rate-limit.ts";
import { costOfRows, expectedCost, isAlwaysAllowed, toggledBy } from "./write-cost.ts";

/** `seq`: up to where the user's hub was charged for what they wrote here. */
export const createQuotaMarks: Migration = (sql) => {
  sql.exec("CREATE TABLE quota_marks (user_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID");
};

export interface WriteQuotaOptions {
  sql: SqlStorage;
  log: EventLog;
  env: Env;
}

/** What a command took, until its outcome is known. */
export interface Reservation {
  readonly account: Account;
  readonly cost: Usage;
  readonly toggle: string | undefined;
}

interface Account {
  readonly userId: string;
  /** Written, and not reported to the hub yet. */
  used: Usage;
  /** Taken by commands whose outcome is not known yet. */
  reserved: Usage;
  /** How much is reported at once. */
  lease: Usage;
  blockedUntil: number;
  charging: Promise<void> | undefined;
  /** When the hub last answered, or this account began. */
  chargedAt: number;
  /** No report before this moment, since the last one failed. */
  retryAt: number;
}

/** The smallest report: so much may be unknown to the hub in each room. */
const smallestLease: Usage = { writes: 50, bytes: 64 * 1024 };
/** A report is at most this part of what the user may write in an hour; the smallest is at most a hundredth. */
const largestLeasePart = 1 / 32;
const smallestLeasePart = 1 / 100;
/** Reports that follow each other faster grow, so that a fast writer costs a call to the hub every so often at most. */
const growWithinMs = 30_000;
const shrinkAfterMs = 120_000;
/** Leases that may be used before a command waits for the hub's answer, and before it is rejected where there is none. */
const leasesUnanswered = 2;
const leasesWithoutHub = 4;
/** Bytes that commands of one user may take at a time until they are committed; their number is bounded by the room's queue. */
const mostReservedBytes = 16 * 1024 * 1024;
const inFlightRetryMs = 1_000;
const hubTimeoutMs = 2_000;
const hubRetryMs = 5_000;
const accountsKept = 5_000;
/** After an eviction, what was not reported is read from so many last rows of the log, of at most an hour. */
const rowsLookedAt = 200;
const rowsLookedAtMs = 3_600_000;

/**
 * Limits what each user writes, exact over all rooms with a delay. A room counts in memory and reports to the user's hub what was used
 * once it fills a lease; the hub answers whether the user may go on. An ordinary command costs no call. What is unreported when the
 * room loses its memory is read from the log's tail.
 */
export class WriteQuota {
  readonly #options: WriteQuotaOptions;
  readonly #config: Config;
  readonly #toggles: ToggleRateLimit;
  readonly #accounts = new LruMap<string, Account>(accountsKept);
  /** What users wrote before this life of the object, unreported; undefined until somebody writes. */
  #unreported: Map<string, Usage> | undefined;

  constructor(options: WriteQuotaOptions) {
    this.#options = options;
    this.#config = configOf(options.env);
    const { TOGGLE_BURST: burst, TOGGLE_REFILL_MS: refillMs } = this.#config;
    this.#toggles = new ToggleRateLimit({ burst, refillMs });
  }

  /** Whether a command of this user waits for their hub's answer first, by `ready`. */
  mustWait(userId: string): boolean {
    const account = this.#accounts.get(userId);
    return account !== undefined && isPast(account, leasesUnanswered);
  }

  /** Waits for the hub's answer. Refuses `unavailable` where there is none and the user wrote much meanwhile. */
  async ready(userId: string, nowMs: number): Promise<void> {
    const account = this.#account(userId, nowMs);
    if (!isPast(account, leasesUnanswered)) return;
    this.#charge(account, nowMs);
    await account.charging;
    if (account.retryAt > Date.now() && isPast(account, leasesWithoutHub))
      reject("unavailable", "What you wrote could not be counted; try again", { retryAfterMs: hubRetryMs });
  }

  /** Reserves what the command is expected to cost; `settle` it with its outcome. Refuses `rate_limited`. */
  take(userId: string, command: Command, nowMs: number): Reservation {
    const account = this.#account(userId, nowMs);
    const isAllowed = isAlwaysAllowed(command);
    if (!isAllowed && nowMs < account.blockedUntil)
      throw rateLimited("You wrote more than one may; slow down", account.blockedUntil - nowMs);
    if (account.reserved.bytes >= mostReservedBytes)
      throw rateLimited("Too much of yours is under way; wait for the answers", inFlightRetryMs);
    const toggled = toggledBy(userId, command);
    const toggle = toggled && `${userId}:${toggled}`;
    const waitMs = toggle ? this.#toggles.take(toggle, nowMs) : 0;
    if (waitMs > 0) throw rateLimited("You changed this back and forth too often; slow down", waitMs);
    const cost = expectedCost(command);
    add(account.reserved, cost);
    return { account, cost, toggle };
  }

  /** Counts what the command wrote in place of what was expected: nothing, where it was rejected or changed nothing. */
  settle({ account, cost, toggle }: Reservation, outcome: RpcResult<CommandOutcome> | undefined): void {
    const written = outcome?.ok ? outcome.value.cost : undefined;
    add(account.reserved, cost, -1);
    if (!written) {
      if (toggle) this.#toggles.giveBack(toggle);
      return;
    }
    add(account.used, written);
    if (isPast(account, 1)) this.#charge(account, Date.now());
  }

  #account(userId: string, nowMs: number): Account {
    const known = this.#accounts.get(userId);
    if (known) return known;
    this.#unreported ??= this.#readUnreported(nowMs);
    const account: Account = {
      userId,
      used: this.#unreported.get(userId) ?? { writes: 0, bytes: 0 },
      reserved: { writes: 0, bytes: 0 },
      lease: this.#lease(1),
      blockedUntil: 0,
      charging: undefined,
      chargedAt: nowMs,
      retryAt: 0,
    };
    this.#unreported.delete(userId);
    this.#accounts.set(userId, account);
    return account;
  }

  #lease(factor: number): Usage {
    const { USER_WRITES_PER_HOUR: writes, USER_BYTES_PER_HOUR: bytes } = this.#config;
    const sized = (smallest: number, limit: number): number =>
      Math.max(1, Math.min(Math.min(smallest, limit * smallestLeasePart) * factor, limit * largestLeasePart));
    return { writes: sized(smallestLease.writes, writes), bytes: sized(smallestLease.bytes, bytes) };
  }

  /** Reports what was used, in the background. */
  #charge(account: Account, nowMs: number): void {
    if (account.charging || nowMs < account.retryAt) return;
    const reported = { ...account.used };
    const { head } = this.#options.log;
    account.charging = within(hubTimeoutMs, this.#report(account.userId, reported))
      .then(({ retryAfterMs }) => {
        add(account.used, reported, -1);
        this.#mark(account.userId, head);
        const answeredMs = Date.now();
        account.blockedUntil = retryAfterMs > 0 ? answeredMs + retryAfterMs : 0;
        this.#resize(account, answeredMs - account.chargedAt);
        account.chargedAt = answeredMs;
        account.retryAt = 0;
      })
      .catch((error: unknown) => {
        account.retryAt = Date.now() + hubRetryMs;
        logLine({ level: "warn", message: "quota.charge_failed", error: describeError(error) });
      })
      .finally(() => {
        account.charging = undefined;
      });
  }

  /** May be counted twice: an answer that is lost is not told from a report that is. */
  #report(userId: string, usage: Usage): Promise<ChargeResult> {
    return callObject(() => hubOf(this.#options.env, userId).chargeUsage(usage), { tries: 1 });
  }

  #resize(account: Account, sinceMs: number): void {
    const factor = account.lease.writes / this.#lease(1).writes;
    if (sinceMs < growWithinMs) account.lease = this.#lease(factor * 2);
    else if (sinceMs > shrinkAfterMs) account.lease = this.#lease(1);
  }

  #mark(userId: string, seq: number): void {
    this.#options.sql.exec(
      "INSERT INTO quota_marks (user_id, seq) VALUES (?, ?) ON CONFLICT (user_id) DO UPDATE SET seq = excluded.seq",
      userId,
      seq,
    );
  }

  #readUnreported(nowMs: number): Map<string, Usage> {
    const { sql, log } = this.#options;
    const rows = sql.exec<{ userId: string; count: number; bytes: number }>(
      `SELECT actor_id AS userId, count(*) AS count, sum(octet_length(data) + coalesce(octet_length(for_sinks), 0)) AS bytes
       FROM log LEFT JOIN quota_marks ON user_id = actor_id
       WHERE log.seq > ? AND log.seq > coalesce(quota_marks.seq, 0) AND at > ? GROUP BY actor_id`,
      log.head - rowsLookedAt,
      nowMs - rowsLookedAtMs,
    );
    const usage = new Map<string, Usage>();
    for (const { userId, count, bytes } of rows) usage.set(userId, costOfRows(count, bytes));
    return usage;
  }
}

const isPast = ({ used, lease }: Account, leases: number): boolean =>
  used.writes >= lease.writes * leases || used.bytes >= lease.bytes * leases;

function add(sum: Usage, { writes, bytes }: Usage, factor = 1): void {
  sum.writes += writes * factor;
  sum.bytes += bytes * factor;
}

const rateLimited = (detail: string, retryAfterMs: number): AppError =>
  new AppError({ code: "rate_limited", detail, retryAfterMs: Math.ceil(retryAfterMs) });
