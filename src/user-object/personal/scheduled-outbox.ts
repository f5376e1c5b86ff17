import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import { type CallAgainAt, Outbox, type OutboxBatch, type OutboxQueue } from "../../durable/outbox.ts";
import { roleUnder } from "../../domain/token-grant.ts";
import { AppError, assertNever } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { isoTime } from "../../lib/time.ts";
import {
  type Command,
  limits,
  type Message,
  type ProblemInit,
  type TokenScope,
} from "../../protocol/index.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import type { HubState } from "../hub-state.ts";
import type { ScheduledExtras, ScheduledMessages, ScheduledRow } from "./scheduled-messages.ts";

/** A message that is being sent. */
interface SendBatch extends OutboxBatch {
  row: ScheduledRow;
  outcome?: Outcome;
}

/** What the room answered, or the hub found before it called the room. */
type Outcome =
  | { kind: "sent"; messageId: string }
  | { kind: "rejected"; error: Pick<ProblemInit, "code" | "detail"> }
  /** The room rejected it for now, and stored nothing. */
  | { kind: "later"; at: number };

/** The alarm tries again this much later, in case the object crashes while a message is being sent. */
const takeoverMs = 5_000;
const maxChannelsAtOnce = 200;
/** After this time without an answer of the room the message counts as failed. */
const giveUpMs = 24 * 3_600_000;
const defaultRetryMs = 60_000;

/**
 * Sends scheduled messages at their times, through the command queue of their rooms. A lane is a channel, so that messages to one channel
 * keep their order.
 *
 * The nonce of a message is the id of its schedule. A row is `sending` before the room is called and until the room has answered; then its
 * text can't change, so that a repeated call has the same body. If the process dies in between, the alarm sends the message again and the room
 * answers with the message that it has stored.
 */
export class ScheduledOutbox implements OutboxQueue<SendBatch>, AlarmTask {
  readonly #env: Env;
  readonly #hub: HubState;
  readonly #table: ScheduledMessages;
  readonly #outbox: Outbox<SendBatch>;

  constructor(env: Env, hub: HubState, table: ScheduledMessages) {
    this.#env = env;
    this.#hub = hub;
    this.#table = table;
    this.#outbox = new Outbox(this, {
      name: "scheduled-messages",
      concurrency: 6,
      timeoutMs: 15_000,
      backoff: { baseMs: 1_000, capMs: 300_000 },
    });
  }

  onAlarm(nowMs: number): Promise<void> {
    return this.#outbox.onAlarm(nowMs);
  }

  /** Sends what is due in a channel. Resolves once each was attempted. */
  deliver(channelId: string): Promise<void> {
    return this.#outbox.deliver([channelId]);
  }

  dueLanes(nowMs: number): string[] {
    return this.#table.dueChannels(nowMs, maxChannelsAtOnce);
  }

  take(channelId: string, nowMs: number): SendBatch | undefined {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return undefined;
    const due = this.#table.nextDue(channelId, nowMs);
    if (!due) return undefined;
    const row = hub.commit(() => {
      const started = { state: "sending" as const, startedAt: due.startedAt ?? nowMs };
      const next = due.state === "sending" ? due : this.#table.update(due, started, nowMs);
      this.#table.postpone(due.id, nowMs + takeoverMs, due.attempts);
      return next;
    });
    failpoint("hub:before-send");
    return { row, attempts: row.attempts };
  }

  async send(batch: SendBatch): Promise<CallAgainAt> {
    const { row } = batch;
    const account = this.#hub.storedAccount;
    if (!account?.active) {
      batch.outcome = rejected({ code: "forbidden", detail: "Your account is suspended" });
      return undefined;
    }
    const scopes = row.scopes === null ? undefined : (JSON.parse(row.scopes) as TokenScope[]);
    // No session: the user may have logged out since.
    const role = roleUnder(scopes, account.role);
    const { userId } = this.#hub;
    const actor = { userId, sessionId: "", role, ...(row.isBot === 1 && { isBot: true as const }) };
    const answer = await callObject(() => roomOf(this.#env, row.channelId).execute(actor, commandOf(row)));
    if (answer.ok) {
      const { message } = answer.value.result as { message: Message };
      failpoint("hub:after-send");
      batch.outcome = { kind: "sent", messageId: message.id };
      return undefined;
    }
    const { code, detail, retryAfterMs = defaultRetryMs } = answer.problem;
    if (code === "unavailable" || code === "internal") throw new AppError(answer.problem);
    batch.outcome =
      code === "rate_limited" ? { kind: "later", at: Date.now() + retryAfterMs } : rejected({ code, detail });
    return undefined;
  }

  confirm({ row, outcome }: SendBatch): void {
    if (outcome) this.#settle(row, outcome);
  }

  postpone({ row }: SendBatch, at: number, attempts: number): void {
    const nowMs = Date.now();
    if (nowMs - (row.startedAt ?? nowMs) > giveUpMs)
      this.#settle(row, rejected({ code: "unavailable", detail: "The channel did not answer for a day" }));
    else this.#table.postpone(row.id, at, attempts);
  }

  schedule(nowMs: number, isDelivering = false): void {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    const at = this.#table.nextAt();
    const earliest = isDelivering ? nowMs + takeoverMs : 0;
    hub.scheduleTask("scheduled", at === null ? null : Math.max(at, earliest), nowMs);
  }

  /** Stores the outcome and informs the user's devices. The hub may have been erased, or the row removed, since the call began. */
  #settle({ id }: ScheduledRow, outcome: Outcome): void {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    const nowMs = Date.now();
    hub.commit(() => {
      const row = this.#table.find(id);
      if (row?.state !== "sending") return;
      const change = { startedAt: null, attempts: 0, ...changeBy(outcome) };
      appendScheduledUpdate(hub, this.#table.update(row, change, nowMs), nowMs);
      if (change.state !== "pending") this.#table.trim(change.state, limits.scheduledMessages);
      this.schedule(nowMs);
    });
  }
}

/** The state of a message after an outcome. */
function changeBy(outcome: Outcome) {
  switch (outcome.kind) {
    case "sent": {
      const { messageId } = outcome;
      return { state: "sent" as const, at: null, messageId, content: "", extras: "{}", error: null };
    }
    case "rejected":
      return { state: "failed" as const, at: null, error: JSON.stringify(outcome.error) };
    case "later":
      return { state: "pending" as const, at: outcome.at };
    default:
      return assertNever(outcome);
  }
}

const rejected = (error: Pick<ProblemInit, "code" | "detail">): Outcome => ({ kind: "rejected", error });

function commandOf({ id: nonce, threadId, content, fileIds, extras, alsoInChannel }: ScheduledRow): Command {
  const files = JSON.parse(fileIds) as string[];
  const data = {
    content,
    nonce,
    ...(files.length > 0 && { fileIds: files }),
    ...(JSON.parse(extras) as ScheduledExtras),
  };
  return threadId === null
    ? { type: "messageCreate", data }
    : {
        type: "threadCreate",
        data: { ...data, messageId: threadId, ...(alsoInChannel === 1 && { alsoInChannel: true }) },
      };
}

/** Appends the event that informs the user's devices of a scheduled message. Call it within a commit. */
export function appendScheduledUpdate(hub: HubState, row: ScheduledRow, nowMs: number): void {
  const { id, channelId, sendAt, state, error, messageId, rev } = row;
  hub.events.append(
    "scheduledMessageUpdate",
    {
      scheduledMessageId: id,
      channelId,
      sendAt: isoTime(sendAt),
      state,
      error: error === null ? null : JSON.parse(error),
      messageId,
      rev,
    },
    nowMs,
  );
}
