import { DurableObject } from "cloudflare:workers";
import type { QueuedMail } from "../domain/mail-jobs.ts";
import { AlarmScheduler, createAlarmTable } from "../durable/alarm-scheduler.ts";
import { migrate, type Migration } from "../durable/migrations.ts";
import { reject } from "../errors/app-error.ts";
import { type RpcResult, toRpcResult } from "../rpc/rpc-result.ts";
import { createMails, MailOutbox } from "./mail-outbox.ts";
import { createRecipients } from "./recipient-quota.ts";

/** The version of a migration is its index: append only. */
const mailerMigrations: readonly Migration[] = [createAlarmTable, createMails, createRecipients];

/**
 * Sends all mail of the workspace. There is one object. A request only queues a mail here, which is durable, and waits neither for the mail
 * server nor for the lookup of the account; so it takes as long for an account that does not exist.
 */
export class Mailer extends DurableObject<Env> {
  readonly #alarms: AlarmScheduler<"mails">;
  readonly #outbox: MailOutbox;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, mailerMigrations);
    this.#alarms = new AlarmScheduler<"mails">(ctx.storage);
    this.#outbox = new MailOutbox(env, ctx.storage.sql, this.#alarms);
  }

  /** Queues a mail. Fails with `unavailable` when too many wait. May be repeated: the mail is sent twice then. */
  async enqueue(queued: QueuedMail): Promise<RpcResult<null>> {
    return toRpcResult(() => {
      if (!this.#outbox.add(queued, Date.now()))
        reject("unavailable", "Too many mails wait to be sent; try again later");
      return null;
    });
  }

  override async alarm(): Promise<void> {
    await this.#alarms.run({ mails: this.#outbox });
  }
}
