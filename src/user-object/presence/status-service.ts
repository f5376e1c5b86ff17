import { isKnownEmoji } from "../../features/emoji/index.ts";
import { rejectStatusEmoji } from "../../features/users/index.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { isoTime } from "../../lib/time.ts";
import type { Status, StatusChange, UserPresence } from "../../protocol/index.ts";
import { type RpcResult, toRpcResult } from "../../rpc/rpc-result.ts";
import { customEmojiName } from "../../text/emoji.ts";
import type { HubState } from "../hub-state.ts";
import { noSession, rejectNoSession } from "../rpc-failures.ts";
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
  readonly #env: Env;

  constructor(env: Env, hub: HubState, directSockets: DirectSockets) {
    this.#env = env;
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
    return toRpcResult(async () => {
      await this.requireNewEmoji(update);
      // The account may have been erased while D1 was read.
      if (!this.#hub.exists || this.#hub.isErased) rejectNoSession();
      return this.change(update, Date.now());
    });
  }

  /** Returns the name of the custom emoji that a change adds; undefined if it adds none. */
  newCustomEmoji({ custom }: StatusUpdate): string | undefined {
    const emoji = custom?.emoji;
    if (emoji === undefined || emoji === this.#hub.chosenStatus.at(Date.now()).custom?.emoji)
      return undefined;
    return customEmojiName(emoji);
  }

  /** Checks that the workspace has the custom emoji that a change adds. @throws `validation_failed`; `unavailable` if D1 does not answer */
  async requireNewEmoji(update: StatusUpdate): Promise<void> {
    const name = this.newCustomEmoji(update);
    if (name !== undefined && !(await isKnownEmoji(this.#env, name))) rejectStatusEmoji();
  }

  /**
   * Changes the status, whose new custom emoji was checked before. When it is no longer `dnd`, deferred notifications are released.
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
