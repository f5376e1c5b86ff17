import { configOf } from "../config.ts";
import type { AlarmScheduler, AlarmTask } from "../durable/alarm-scheduler.ts";
import { mailDriver } from "../domain/registration-mode.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import { callObject, hubOf, mailerOf } from "../rpc/stubs.ts";
import type { SenderAlarmKey } from "./schema.ts";
import type { SubscriptionStore } from "./subscription-store.ts";

/** Notifies the owner that their subscription was disabled: on their devices, and by mail if the server sends any. Sent at least once. */
export class DisabledNotice implements AlarmTask<"notice"> {
  readonly #env: Env;
  readonly #store: SubscriptionStore;
  readonly #alarms: AlarmScheduler<SenderAlarmKey>;

  constructor(env: Env, store: SubscriptionStore, alarms: AlarmScheduler<SenderAlarmKey>) {
    this.#env = env;
    this.#store = store;
    this.#alarms = alarms;
  }

  async onAlarm(): Promise<void> {
    const { id: subscriptionId, name, ownerId, state, stateReason, phase } = this.#store.current;
    // Activated or deleted meanwhile.
    if (state !== "disabled" || phase === "deleting" || stateReason === null)
      return this.#alarms.clear("notice");
    const notice = { subscriptionId, name, reason: stateReason };
    await callObject(() => hubOf(this.#env, ownerId).noticeDisabledSubscription(notice));
    const config = configOf(this.#env);
    if (mailDriver(config))
      unwrap(
        await callObject(() =>
          mailerOf(this.#env).enqueue({
            job: { kind: "subscriptionDisabled", userId: ownerId, subscriptionId },
            origin: config.PUBLIC_URL ?? "",
            followsWrite: true,
          }),
        ),
      );
    this.#alarms.clear("notice");
  }
}
