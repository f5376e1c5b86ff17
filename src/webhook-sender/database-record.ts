import type { AlarmScheduler, AlarmTask } from "../durable/alarm-scheduler.ts";
import {
  deleteEventSubscriptionRow,
  updateEventSubscriptionRow,
} from "../features/event-subscriptions/index.ts";
import type { SenderAlarmKey } from "./schema.ts";
import type { SubscriptionStore } from "./subscription-store.ts";

/** Writes the subscription's row in D1, which lists show, after each change. Repeating it writes the same. */
export class DatabaseRecord implements AlarmTask<"record"> {
  readonly #env: Env;
  readonly #store: SubscriptionStore;
  readonly #alarms: AlarmScheduler<SenderAlarmKey>;

  constructor(env: Env, store: SubscriptionStore, alarms: AlarmScheduler<SenderAlarmKey>) {
    this.#env = env;
    this.#store = store;
    this.#alarms = alarms;
  }

  async onAlarm(): Promise<void> {
    const { record, current } = this.#store;
    if (current.phase === "deleting") await deleteEventSubscriptionRow(this.#env, record.id);
    else if (current.phase === "created") await updateEventSubscriptionRow(this.#env, record);
    // Changed again during the call: then the entry that this change has set stays.
    if (this.#store.current === current) this.#alarms.clear("record");
  }
}
