import { failpoint } from "../../lib/failpoint.ts";
import { isoTime } from "../../lib/time.ts";
import type { Status, StatusChange, UserPresence } from "../../protocol/index.ts";
import { type RpcResult, toRpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { noSession } from "../rpc-failures.ts";
import type { DirectSockets } from "../sockets/direct-sockets.ts";
import type { StatusUpdate } from "./chosen-status.ts";
import { toMinute } from "./public-status.ts";

/** The status after a change: as the user chose it, and as others see it. */
export interface ChangedStatus {
  status: Status;
  shown: StatusChange;
}

/** The status that the user chose, and the presence that others see. */
export class StatusService {
  readonly #hub: HubState;
  readonly #directSockets: DirectSockets;

  constructor(hub: HubState, directSockets: DirectSockets) {
    this.#hub = hub;
    this.#directSockets = directSockets;
  }

  /** Returns the status that the user chose. Fails with `unauthenticated` when the user never had a session. */
  get(): RpcResult<Status> {
    if (!this.#hub.exists) return noSession();
    return { ok: true, value: this.#hub.chosenStatus.at(Date.now()) };
  }

  /** Changes the status as `change` does. Fails with `unauthenticated` when the user never had a session. */
  async set(update: StatusUpdate): Promise<RpcResult<ChangedStatus>> {
    if (!this.#hub.exists) return noSession();
    return toRpcResult(() => this.change(update, Date.now()));
  }

  /**
   * Changes the status. When it is no longer `dnd`, deferred notifications are released.
   *
   * @throws `validation_failed` for an unknown emoji or an end in the past; `rate_limited` when the hourly quota is used up
   */
  change(update: StatusUpdate, nowMs: number): ChangedStatus {
    const { alarms, chosenStatus, notifications, presence, publicStatus, pushes, quotas } = this.#hub;
    failpoint("hub:before-status");
    presence.update(nowMs, () => {
      quotas.spend("status", nowMs);
      // `recordActivity` does nothing while the user is invisible. A user who becomes invisible was last active now, which the first
      // call records; a user who becomes visible is active now, which the second one records.
      presence.recordActivity(nowMs);
      chosenStatus.change(update, nowMs);
      presence.recordActivity(nowMs);
      if (!chosenStatus.defersNotifications) notifications.releaseDeferred(nowMs);
      pushes.recheck();
      this.#hub.scheduleStatus(nowMs);
      alarms.clear("idle");
    });
    const { userId, presence: shownPresence, custom } = publicStatus.current;
    return { status: chosenStatus.at(nowMs), shown: { userId, presence: shownPresence, custom } };
  }

  /**
   * Returns the presence that others see: `offline` without an open socket, which is always so for a suspended user.
   *
   * @returns undefined when this hub has no account; D1 may have one
   */
  async presence(): Promise<UserPresence | undefined> {
    const { devices, presence: hubPresence, publicStatus } = this.#hub;
    if (!this.#hub.storedAccount) return undefined;
    const isConnected = devices.count > 0 || (await this.#directSockets.hasAny());
    const nowMs = Date.now();
    hubPresence.update(nowMs);
    const { userId, presence, custom } = publicStatus.current;
    const lastActiveAt = isConnected && presence === "online" ? toMinute(nowMs) : publicStatus.lastActiveAt;
    return {
      userId,
      presence: isConnected ? presence : "offline",
      custom,
      lastActiveAt: lastActiveAt === null ? null : isoTime(lastActiveAt),
    };
  }
}
