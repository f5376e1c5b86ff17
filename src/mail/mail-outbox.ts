import { type Config, configOf } from "../config.ts";
import { recipientKey } from "../domain/email-key.ts";
import type { MailJob, QueuedMail } from "../domain/mail-jobs.ts";
import { confirmTokenMs, resetTokenMs } from "../domain/mail-tokens.ts";
import type { AlarmScheduler, AlarmTask } from "../durable/alarm-scheduler.ts";
import type { Migration } from "../durable/migrations.ts";
import { type CallAgainAt, Outbox, type OutboxQueue } from "../durable/outbox.ts";
import { failpoint } from "../lib/failpoint.ts";
import { logLine } from "../lib/log-line.ts";
import { macOf } from "../lib/macs.ts";
import { type ComposedMail, composeMail } from "./compose.ts";
import { MailRejected } from "./mail-driver.ts";
import { sendMail } from "./send-mail.ts";
import { RecipientQuota } from "./recipient-quota.ts";

export const createMails: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE mails (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      queued TEXT NOT NULL,
      queued_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      at INTEGER NOT NULL,
      counted INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX mails_by_time ON mails (at)`);
};

interface MailRow {
  id: number;
  queued: QueuedMail;
  queuedAt: number;
  attempts: number;
  /** Whether the quota of the recipient was charged by an earlier attempt. */
  isCounted: boolean;
}

/** About 5 MB. */
const maxQueued = 20_000;
const maxLanesAtOnce = 500;
/** The write that a mail belongs to is usually in D1 by then. */
const writeDelayMs = 300;
/** D1 ends a write after 30 s: one that the mail was queued for this long ago has been committed or never will be. */
const lastWriteMs = 60_000;
/** How long the rows of running deliveries wait for the next alarm. */
const takeoverMs = 1_000;
const noticeMs = 24 * 3_600_000;

/** After this time a mail is no longer sent, because its link would have expired. */
const lifetimes: Record<MailJob["kind"], number> = {
  passwordReset: resetTokenMs,
  passwordChanged: noticeMs,
  registration: confirmTokenMs,
  confirmAddress: confirmTokenMs,
  changeAddress: confirmTokenMs,
  addressChanged: noticeMs,
  invite: noticeMs,
  subscriptionDisabled: noticeMs,
};

/**
 * The mails that wait to be sent. A mail is sent at least once, unless its reason no longer applies or its link has expired: a row stays until
 * the driver accepted it, and an attempt that fails is repeated with backoff. All attempts have the same id.
 */
export class MailOutbox implements OutboxQueue<MailRow>, AlarmTask {
  readonly #env: Env;
  readonly #config: Config;
  readonly #sql: SqlStorage;
  readonly #alarms: AlarmScheduler<"mails">;
  readonly #recipients: RecipientQuota;
  readonly #outbox: Outbox<MailRow>;

  constructor(env: Env, sql: SqlStorage, alarms: AlarmScheduler<"mails">) {
    this.#env = env;
    this.#config = configOf(env);
    this.#sql = sql;
    this.#alarms = alarms;
    this.#recipients = new RecipientQuota(sql);
    this.#outbox = new Outbox(this, {
      name: "mail",
      concurrency: 6,
      timeoutMs: 30_000,
      backoff: { baseMs: 2_000, capMs: 300_000 },
    });
  }

  /** Queues a mail and sets the alarm. Returns false when too many wait. */
  add(queued: QueuedMail, nowMs: number): boolean {
    const { n } = this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM mails").one();
    if (n >= maxQueued) return false;
    this.#sql.exec(
      "INSERT INTO mails (queued, queued_at, at) VALUES (?, ?, ?)",
      JSON.stringify(queued),
      nowMs,
      queued.followsWrite ? nowMs + writeDelayMs : nowMs,
    );
    this.schedule(nowMs);
    return true;
  }

  onAlarm(nowMs: number): Promise<void> {
    return this.#outbox.onAlarm(nowMs);
  }

  dueLanes(nowMs: number): string[] {
    return this.#sql
      .exec<{ id: number }>("SELECT id FROM mails WHERE at <= ? ORDER BY at LIMIT ?", nowMs, maxLanesAtOnce)
      .toArray()
      .map(({ id }) => String(id));
  }

  take(lane: string, nowMs: number): MailRow | undefined {
    const [row] = this.#sql
      .exec<{ id: number; queued: string; queuedAt: number; attempts: number; counted: number }>(
        "SELECT id, queued, queued_at AS queuedAt, attempts, counted FROM mails WHERE id = ? AND at <= ?",
        Number(lane),
        nowMs,
      )
      .toArray();
    if (!row) return undefined;
    const { queued, counted, ...rest } = row;
    return { ...rest, queued: JSON.parse(queued) as QueuedMail, isCounted: counted === 1 };
  }

  async send(row: MailRow): Promise<CallAgainAt> {
    const { queued, queuedAt } = row;
    const ageMs = Date.now() - queuedAt;
    const fields = { kind: queued.job.kind, mail: row.id };
    if (ageMs > lifetimes[queued.job.kind]) {
      logLine({ level: "warn", message: "mail.expired", ...fields });
      return undefined;
    }
    const composed = await composeMail(this.#env, this.#config, queued, queuedAt);
    if (composed.kind === "obsolete") return undefined;
    if (composed.kind === "not_yet")
      return queued.followsWrite && ageMs < lastWriteMs
        ? Date.now() + Math.max(writeDelayMs, ageMs)
        : undefined;
    if (!this.#mayReceive(row, composed)) {
      logLine({ level: "warn", message: "mail.recipient_limited", ...fields });
      return undefined;
    }
    try {
      await sendMail(this.#env, this.#config, { ...composed.mail, id: this.#messageId(row) });
    } catch (error) {
      if (!(error instanceof MailRejected)) throw error;
      logLine({ level: "error", message: "mail.rejected", ...fields, reason: error.message });
      return undefined;
    }
    failpoint("mail:after-send");
    logLine({ level: "info", message: "mail.sent", ...fields });
    return undefined;
  }

  confirm({ id }: MailRow, again: CallAgainAt): void {
    if (again === undefined) this.#sql.exec("DELETE FROM mails WHERE id = ?", id);
    else this.#sql.exec("UPDATE mails SET at = ? WHERE id = ?", again, id);
  }

  postpone({ id }: MailRow, at: number, attempts: number): void {
    this.#sql.exec("UPDATE mails SET at = ?, attempts = ? WHERE id = ?", at, attempts, id);
  }

  schedule(nowMs: number, isDelivering = false): void {
    const { at } = this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM mails").one();
    if (at === null) this.#alarms.clear("mails");
    else this.#alarms.set("mails", isDelivering ? Math.max(at, nowMs + takeoverMs) : at);
  }

  /**
   * Charges the quota of the recipient, once for all attempts. Password resets have a separate quota, so that other mails cannot use it up. A
   * notice about a change does not count, so that other mails cannot suppress it. It is sent once: several requests may have queued it, and one of
   * them made the change.
   */
  #mayReceive({ id, isCounted, queued }: MailRow, { mail, isNotice }: ComposedMail): boolean {
    if (isCounted) return true;
    const recipient = recipientKey(mail.to);
    const others = queued.job.kind === "passwordReset" ? `reset ${recipient}` : recipient;
    const message = isNotice ? JSON.stringify(queued.job) : others;
    const options = { purpose: "parley-recipient-1", message, bytes: 16 };
    const key = macOf(this.#config.REFRESH_TOKEN_KEY, options);
    const limit = isNotice ? 1 : this.#config.MAIL_RECIPIENT_PER_HOUR;
    if (!this.#recipients.spend(key, limit, Date.now())) return false;
    this.#sql.exec("UPDATE mails SET counted = 1 WHERE id = ?", id);
    return true;
  }

  /** The same for all attempts; not guessable, since a receiver may use it as a key. */
  #messageId({ id, queuedAt }: MailRow): string {
    const message = `${id}|${queuedAt}`;
    return `mail_${macOf(this.#config.REFRESH_TOKEN_KEY, { purpose: "parley-mail-1", message, bytes: 16 })}`;
  }
}
