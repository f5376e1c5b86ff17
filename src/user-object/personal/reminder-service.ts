import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import { bodyHash } from "../../durable/idempotency-keys.ts";
import { notFound, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { newId } from "../../lib/ids.ts";
import { isoTime } from "../../lib/time.ts";
import { limits, type Reminder, type ReminderState } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import {
  type NewReminder,
  presentReminder,
  type ReminderPosition,
  type ReminderRow,
  type Reminders,
} from "./reminders.ts";
import { runForUser } from "./run-for-user.ts";
import { requireFutureTime } from "./times.ts";

/** A change of a reminder; what is absent stays. */
export interface ReminderChange {
  text?: string | undefined;
  /** A new time, in ms since 1970, at which the reminder becomes due again. */
  at?: number | undefined;
  done?: boolean | undefined;
}

/** Reminders that one commit makes due. */
const maxPerCommit = 100;
const openStates: readonly ReminderState[] = ["pending", "due"];

/**
 * The user's reminders. A due one is marked, added to the notifications and announced to the devices in one transaction, so that a crash
 * neither loses nor repeats it.
 */
export class ReminderService implements AlarmTask<"reminders"> {
  readonly #hub: HubState;
  readonly #table: Reminders;

  constructor(hub: HubState, table: Reminders) {
    this.#hub = hub;
    this.#table = table;
  }

  /**
   * Creates a reminder.
   *
   * @returns `repeated`: an earlier call with the same nonce created it
   * @throws `conflict` at the limit of reminders; `nonce_reused` for another body with the same nonce; `validation_failed` for a time in the
   *   past or too far ahead
   */
  create(input: NewReminder): Promise<RpcResult<{ reminder: Reminder; repeated: boolean }>> {
    return runForUser(this.#hub, () => {
      const nowMs = Date.now();
      const { nonce, at, ...data } = input;
      // Without the time, which differs when words such as "in 20 minutes" are repeated.
      const nonceHash = nonce === undefined ? undefined : bodyHash("reminder", data);
      const known = nonce === undefined ? undefined : this.#table.findByNonce(nonce);
      if (known) {
        if (known.nonceHash !== nonceHash) reject("nonce_reused", "This nonce was used for another reminder");
        return { reminder: presentReminder(known), repeated: true };
      }
      requireFutureTime("at", at, nowMs, limits.reminderDays);
      this.#requireSpace();
      return this.#commit(nowMs, () => {
        const row = this.#table.insert(newId("rem", nowMs), { ...input, nonceHash }, nowMs);
        return { reminder: this.#appended(row, nowMs), repeated: false };
      });
    });
  }

  /** Lists reminders in order of their times: those that are not done, or those in one state. */
  list(
    state: ReminderState | undefined,
    limit: number,
    after?: ReminderPosition,
  ): Promise<RpcResult<Reminder[]>> {
    return runForUser(this.#hub, () =>
      this.#table.list(state ? [state] : openStates, limit, after).map(presentReminder),
    );
  }

  /** @throws `not_found` */
  get(id: string): Promise<RpcResult<Reminder>> {
    return runForUser(this.#hub, () => presentReminder(this.#require(id)));
  }

  /**
   * Changes, snoozes or completes a reminder.
   *
   * @throws `not_found`; `conflict` when a reminder that was done is opened again at the limit; `validation_failed` for the time
   */
  update(id: string, { text, at, done }: ReminderChange): Promise<RpcResult<Reminder>> {
    return runForUser(this.#hub, () => {
      const nowMs = Date.now();
      const row = this.#require(id);
      if (at !== undefined) requireFutureTime("at", at, nowMs, limits.reminderDays);
      const next = {
        text: text ?? row.text,
        remindAt: at ?? row.remindAt,
        state: at === undefined ? stateAfter(row, done, nowMs) : ("pending" as const),
      };
      if (next.text === row.text && next.remindAt === row.remindAt && next.state === row.state)
        return presentReminder(row);
      if (row.state === "done" && next.state !== "done") this.#requireSpace();
      return this.#commit(nowMs, () => {
        const updated = this.#table.update(row, next, nowMs);
        if (updated.state !== "due") this.#hub.notifications.markReminderRead(id, nowMs);
        if (updated.state === "done") this.#table.trimDone(limits.reminders);
        return this.#appended(updated, nowMs);
      });
    });
  }

  /** Cancels a reminder and removes its notifications. @throws `not_found` */
  remove(id: string): Promise<RpcResult<null>> {
    return runForUser(this.#hub, () => {
      const nowMs = Date.now();
      this.#require(id);
      return this.#commit(nowMs, () => {
        this.#table.remove(id);
        this.#hub.notifications.removeReminder(id, nowMs);
        this.#hub.events.append("reminderDelete", { reminderId: id }, nowMs);
        return null;
      });
    });
  }

  /** Notifies the user of the reminders that are due. */
  onAlarm(nowMs: number): void {
    failpoint("hub:before-remind");
    this.#hub.commit(() => {
      for (const row of this.#table.due(nowMs, maxPerCommit)) this.#fire(row, nowMs);
      this.#hub.notifications.trim();
      this.#schedule(nowMs);
    });
    failpoint("hub:after-remind");
  }

  /** While the user's status is `dnd`, the notification is deferred; the event is not. */
  #fire(row: ReminderRow, nowMs: number): void {
    const { notifications, chosenStatus, userId } = this.#hub;
    const firings = row.firings + 1;
    const due = this.#table.update(row, { state: "due", firings }, nowMs);
    const { id: reminderId, channelId, messageId } = due;
    const notice = {
      kind: "reminder" as const,
      channelSeq: firings,
      messageId,
      threadId: null,
      inChannel: false,
      actorId: userId,
      createdAt: isoTime(nowMs),
      reminder: { id: reminderId, channelId },
    };
    notifications.addOnce(reminderId, notice, { defer: chosenStatus.defersNotifications, nowMs });
    this.#appended(due, nowMs);
  }

  #commit<T>(nowMs: number, work: () => T): T {
    return this.#hub.commit(() => {
      const result = work();
      this.#schedule(nowMs);
      return result;
    });
  }

  #schedule(nowMs: number): void {
    this.#hub.scheduleTask("reminders", this.#table.nextAt(), nowMs);
  }

  #appended(row: ReminderRow, nowMs: number): Reminder {
    const { id: reminderId, remindAt, state, rev } = row;
    this.#hub.events.append("reminderUpdate", { reminderId, at: isoTime(remindAt), state, rev }, nowMs);
    return presentReminder(row);
  }

  #require(id: string): ReminderRow {
    return this.#table.find(id) ?? notFound("reminder");
  }

  #requireSpace(): void {
    if (this.#table.openCount >= limits.reminders)
      reject(
        "conflict",
        `You have ${limits.reminders} reminders, which is the limit; complete or cancel one first`,
      );
  }
}

/** The state after `done` was set: a reminder that is opened again is due if its time has come. */
function stateAfter(
  { state, remindAt }: ReminderRow,
  done: boolean | undefined,
  nowMs: number,
): ReminderState {
  if (done === true) return "done";
  if (done === undefined || state !== "done") return state;
  return remindAt <= nowMs ? "due" : "pending";
}
