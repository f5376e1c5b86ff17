import type { NewPushSubscription } from "../../domain/push.ts";
import { notFound } from "../../errors/app-error.ts";
import type { NotificationSettings, WebPushSubscription } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { runForUser } from "../personal/run-for-user.ts";
import { noSession } from "../rpc-failures.ts";
import type { NotificationSettingsChange, ProfileZone } from "./notification-settings.ts";
import { presentPushSubscription } from "./push-subscriptions.ts";

/** The user's subscriptions to pushes, and the settings that decide when they are sent. */
export class PushService {
  readonly #hub: HubState;

  constructor(hub: HubState) {
    this.#hub = hub;
  }

  /**
   * Stores a subscription of a session, which ends with the session. Fails with `unauthenticated` when the session is not live.
   *
   * @returns `repeated`: an earlier one with the same endpoint was updated
   */
  async put(
    sessionId: string,
    subscription: NewPushSubscription,
  ): Promise<RpcResult<{ subscription: WebPushSubscription; repeated: boolean }>> {
    const session = this.#hub.liveSession(sessionId);
    if (!session || session.token) return noSession();
    return runForUser(this.#hub, () => {
      const { row, repeated } = this.#hub.commit(() =>
        this.#hub.pushSubscriptions.put(sessionId, subscription, Date.now()),
      );
      return { subscription: presentPushSubscription(row, sessionId), repeated };
    });
  }

  /** Lists the subscriptions, newest first. @param currentSessionId the session of the request */
  list(currentSessionId: string): Promise<RpcResult<WebPushSubscription[]>> {
    return runForUser(this.#hub, () =>
      this.#hub.pushSubscriptions.list().map((row) => presentPushSubscription(row, currentSessionId)),
    );
  }

  /** @throws `not_found` */
  remove(id: string): Promise<RpcResult<null>> {
    return runForUser(this.#hub, () => {
      const isRemoved = this.#hub.commit(() => this.#hub.pushSubscriptions.remove(id));
      return isRemoved ? null : notFound("push subscription");
    });
  }

  /** Returns the settings. */
  settings(): Promise<RpcResult<NotificationSettings>> {
    return runForUser(this.#hub, () => this.#hub.notificationSettings.current);
  }

  /** Changes the settings. Pushes that quiet hours hold no more are sent as a summary. @param zone as D1 has it */
  changeSettings(
    change: NotificationSettingsChange,
    zone: ProfileZone,
  ): Promise<RpcResult<NotificationSettings>> {
    return runForUser(this.#hub, () => {
      const { notificationSettings, pushes } = this.#hub;
      this.#hub.commit(() => {
        notificationSettings.change(change, zone);
        pushes.recheck();
      });
      return notificationSettings.current;
    });
  }
}
