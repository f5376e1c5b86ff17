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

/** `seq`: the last event of this user that their hub has been charged for. */
export const createQuotaMarks: Migration = (sql) => {
  sql.exec("CREATE TABLE quota_marks (user_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID");
};

export interface WriteQuotaOptions {
  sql: SqlStorage;
  log: EventLog;
  env: Env;
}

/** The expected cost of a command, held until its outcome is known. */
export interface Reservation {
  readonly account: Account;
  readonly cost: Usage;
  readonly toggle: string | undefined;
}

interface Account {
  readonly userId: string;
  /** Written and not yet reported to the hub. */
  used: Usage;
  /** Reserved by commands without an outcome yet. */
  reserved: Usage;
  /** How much may be used before it is reported to the hub. */
  lease: Usage;
  blockedUntil: number;
  charging: Promise<void> | undefined;
  /** When the hub last replied, or this account was created. */
  chargedAt: number;
  /** The earliest time of the next report, after one that failed. */
  retryAt: number;
}

/** The smallest lease: what the hub may not know yet, per room. */
const smallestLease: Usage = { writes: 50, bytes: 64 * 1024 };
/** Bounds of a lease, as fractions of what the user may write in an hour. */
const largestLeasePart = 1 / 32;
const smallestLeasePart = 1 / 100;
/** Leases grow while reports follow each other faster than this, so that a fast writer costs at most about two calls a minute. */
const growWithinMs = 30_000;
const shrinkAfterMs = 120_000;
/** How many leases may be used before a command waits for the hub's reply, and before it is rejected when the hub does not reply. */
const leasesBeforeWaiting = 2;
const leasesBeforeRejecting = 4;
/** Bytes that one user's uncommitted commands may reserve together; their number is bounded by the room's queue. */
const maxReservedBytes = 16 * 1024 * 1024;
const inFlightRetryMs = 1_000;
const hubTimeoutMs = 2_000;
const hubRetryMs = 5_000;
const accountsKept = 5_000;
/** After an eviction, unreported usage is read from this many last rows of the log, of the last hour. */
const rowsScanned = 200;
const rowsScannedMs = 3_600_000;

/**
 * Limits what each user writes over all rooms. A room counts usage in memory and reports it to the user's hub once it fills a lease;
 * the hub replies whether the user is over their limit. An ordinary command costs no call, and the limit takes effect with a delay.
 *
 * If the process dies before a report, the usage is read from the tail of the log; if it dies between the hub's reply and `#mark`, or
 * the reply is lost, the hub counts the report twice.
 */
export class WriteQuota {
  readonly #options: WriteQuotaOptions;
  readonly #config: Config;
  readonly #toggles: ToggleRateLimit;
  readonly #accounts = new LruMap<string, Account>(accountsKept);
  /** Unreported usage from before the object was last started; undefined until the first command. */
  #unreported: Map<string, Usage> | undefined;

  constructor(options: WriteQuotaOptions) {
    this.#options = options;
    this.#config = configOf(options.env);
    const { TOGGLE_BURST: burst, TOGGLE_REFILL_MS: refillMs } = this.#config;
    this.#toggles = new ToggleRateLimit({ burst, refillMs });
  }

  /** Returns whether a command of this user must wait for their hub first, by `waitForHub`. */
  mustWait(userId: string, command: Command): boolean {
    const account = this.#accounts.get(userId);
    return account !== undefined && isPast(account, leasesBeforeWaiting) && !isAlwaysAllowed(command);
  }

  /**
   * Waits for the hub's reply to the current report, if the user has used several leases since the last one. Commands that are always
   * allowed do not wait.
   *
   * @throws `unavailable` if the hub does not reply and the user has used even more
   */
  async waitForHub(userId: string, command: Command, nowMs: number): Promise<void> {
    const account = this.#account(userId, nowMs);
    if (!isPast(account, leasesBeforeWaiting) || isAlwaysAllowed(command)) return;
    this.#charge(account, nowMs);
    await account.charging;
    if (account.retryAt > Date.now() && isPast(account, leasesBeforeRejecting))
      reject("unavailable", "The server could not count this command towards your write quota; try again", {
        retryAfterMs: hubRetryMs,
      });
  }

  /**
   * Reserves the expected cost of a command. The caller settles it once, with the outcome.
   *
   * @throws `rate_limited` if the user's write quota is used up, too many bytes of their commands are in progress, or they toggled the
   *   same thing too often. Commands that are always allowed are exempt.
   */
  reserve(userId: string, command: Command, nowMs: number): Reservation {
    const account = this.#account(userId, nowMs);
    if (!isAlwaysAllowed(command)) {
      if (nowMs < account.blockedUntil)
        throw rateLimited("Your write quota is used up; try again later", account.blockedUntil - nowMs);
      if (account.reserved.bytes >= maxReservedBytes)
        throw rateLimited(
          "Too many of your commands are in progress; wait for their replies",
          inFlightRetryMs,
        );
    }
    const toggled = toggledBy(userId, command);
    const toggle = toggled && `${userId}:${toggled}`;
    const waitMs = toggle ? this.#toggles.tryReserve(toggle, nowMs) : 0;
    if (waitMs > 0) throw rateLimited("You changed this back and forth too often; slow down", waitMs);
    const cost = expectedCost(command);
    add(account.reserved, cost);
    return { account, cost, toggle };
  }

  /** Replaces a reservation by the command's real cost: nothing, if it was rejected or changed nothing. */
  settle({ account, cost, toggle }: Reservation, outcome: RpcResult<CommandOutcome> | undefined): void {
    const written = outcome?.ok ? outcome.value.cost : undefined;
    add(account.reserved, cost, -1);
    if (!written) {
      if (toggle) this.#toggles.release(toggle);
      return;
    }
    if (toggle) this.#toggles.commit(toggle, Date.now());
    add(account.used, written);
    if (isPast(account, 1)) this.#charge(account, Date.now());
  }

  #account(userId: string, nowMs: number): Account {
    const cached = this.#accounts.get(userId);
    if (cached) return cached;
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

  /** Reports the usage to the hub, in the background. */
  #charge(account: Account, nowMs: number): void {
    if (account.charging || nowMs < account.retryAt) return;
    const reported = { ...account.used };
    const { head } = this.#options.log;
    account.charging = within(hubTimeoutMs, this.#report(account.userId, reported))
      .then(({ retryAfterMs }) => {
        add(account.used, reported, -1);
        this.#mark(account.userId, head);
        const repliedAt = Date.now();
        account.blockedUntil = retryAfterMs > 0 ? repliedAt + retryAfterMs : 0;
        this.#resizeLease(account, repliedAt - account.chargedAt);
        account.chargedAt = repliedAt;
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

  /** One try: a lost reply looks like a lost report, so a second try could count the usage twice. */
  #report(userId: string, usage: Usage): Promise<ChargeResult> {
    return callObject(() => hubOf(this.#options.env, userId).chargeUsage(usage), { tries: 1 });
  }

  #resizeLease(account: Account, sinceMs: number): void {
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
      log.head - rowsScanned,
      nowMs - rowsScannedMs,
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
