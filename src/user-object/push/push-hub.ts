import type { NewPushSubscription } from "../../domain/push.ts";
import type { NotificationSettings, WebPushSubscription } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import { CommandHub } from "../commands/command-hub.ts";
import type { NotificationSettingsChange, ProfileZone } from "./notification-settings.ts";
import type { PushService } from "./push-service.ts";

/** The methods of `UserHub` for Web Push. */
export abstract class PushHub extends CommandHub {
  protected abstract readonly push: PushService;

  /** Stores a browser's subscription to pushes. */
  async putPushSubscription(
    sessionId: string,
    subscription: NewPushSubscription,
  ): Promise<RpcResult<{ subscription: WebPushSubscription; repeated: boolean }>> {
    return this.push.put(sessionId, subscription);
  }

  /** Lists the subscriptions to pushes, newest first. */
  async listPushSubscriptions(currentSessionId: string): Promise<RpcResult<WebPushSubscription[]>> {
    return this.push.list(currentSessionId);
  }

  /** Ends a subscription to pushes. */
  async deletePushSubscription(id: string): Promise<RpcResult<null>> {
    return this.push.remove(id);
  }

  /** Returns when notifications are pushed. */
  async notificationSettings(): Promise<RpcResult<NotificationSettings>> {
    return this.push.settings();
  }

  /** Sets when notifications are pushed. */
  async setNotificationSettings(
    change: NotificationSettingsChange,
    zone: ProfileZone,
  ): Promise<RpcResult<NotificationSettings>> {
    return this.push.changeSettings(change, zone);
  }
}
