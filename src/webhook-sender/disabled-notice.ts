import { configOf } from "../config.ts";
import type { AlarmScheduler, AlarmTask } from "../durable/alarm-scheduler.ts";
import { mailDriver } from "../domain/registration-mode.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import { callObject, hubOf, mailerOf } from "../rpc/stubs.ts";
import type { SenderAlarmKey } from "./schema.ts";
import type { WebhookStore } from "./webhook-store.ts";

/** Notifies the owner that their webhook was disabled: on their devices, and by mail if the server sends any. Sent at least once. */
export class DisabledNotice implements AlarmTask<"notice"> {
  readonly #env: Env;
  readonly #store: WebhookStore;
  readonly #alarms: AlarmScheduler<SenderAlarmKey>;

  constructor(env: Env, store: WebhookStore, alarms: AlarmScheduler<SenderAlarmKey>) {
    this.#env = env;
    this.#store = store;
    this.#alarms = alarms;
  }

  async onAlarm(): Promise<void> {
    const { id: webhookId, name, ownerId, state, stateReason, phase } = this.#store.current;
    // Activated or deleted meanwhile.
    if (state !== "disabled" || phase === "deleting" || stateReason === null)
      return this.#alarms.clear("notice");
    const notice = { webhookId, name, reason: stateReason };
    await callObject(() => hubOf(this.#env, ownerId).noticeDisabledWebhook(notice));
    const config = configOf(this.#env);
    if (mailDriver(config))
      unwrap(
        await callObject(() =>
          mailerOf(this.#env).enqueue({
            job: { kind: "webhookDisabled", userId: ownerId, webhookId },
            origin: config.PUBLIC_URL ?? "",
            followsWrite: true,
          }),
        ),
      );
    this.#alarms.clear("notice");
  }
}
