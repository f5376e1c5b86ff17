import { failpoint } from "../../lib/failpoint.ts";
import type { ChosenPresence, Presence } from "../../protocol/index.ts";
import type { HubState } from "../hub-state.ts";
import { StatusBroadcast } from "./status-broadcast.ts";

/**
 * A user whose last device disconnects while idle is still shown as `away` for this long, not as `online`. By then rooms have noticed
 * that the user's sockets are closed, or a device has reconnected.
 */
const idleGraceMs = 10_000;

/**
 * Derives the status that others see from the status that the user chose and from the idle state of their devices, and broadcasts
 * changes to the rooms with sockets of the user.
 */
export class HubPresence {
  readonly #hub: HubState;
  readonly #broadcast: StatusBroadcast;

  constructor(hub: HubState) {
    this.#hub = hub;
    this.#broadcast = new StatusBroadcast(hub.roomOutbox);
  }

  /** Records that the user is active now, unless they are invisible. */
  recordActivity(nowMs: number): void {
    const { chosenStatus, publicStatus } = this.#hub;
    if (chosenStatus.at(nowMs).presence !== "invisible") publicStatus.recordActivity(nowMs);
  }

  /**
   * Commits `work` together with the public status that follows from it. If that changed, the rooms with sockets of the user are
   * called; the outbox repeats the calls until the rooms confirm them.
   */
  update(nowMs: number, work: () => void = () => {}): void {
    const isChanged = this.#hub.commit(() => {
      work();
      return this.#publish(nowMs);
    });
    if (!isChanged) return;
    failpoint("hub:after-status");
    void this.#broadcast.start();
  }

  /** Updates the presence after a device connected or disconnected. */
  deviceChanged(nowMs: number): void {
    const { alarms, chosenStatus, devices, publicStatus } = this.#hub;
    this.update(nowMs, () => {
      this.recordActivity(nowMs);
      const wasIdle = chosenStatus.at(nowMs).presence === "auto" && publicStatus.current.presence === "away";
      if (wasIdle && devices.count === 0) alarms.set("idle", nowMs + idleGraceMs);
    });
  }

  /** Stores the public status and queues the calls to rooms; returns whether it changed. */
  #publish(nowMs: number): boolean {
    const { alarms, chosenStatus, devices, publicStatus, roomOutbox } = this.#hub;
    const { presence, custom } = chosenStatus.at(nowMs);
    if (devices.count > 0) alarms.clear("idle");
    if (!publicStatus.set(this.#publicPresence(presence), custom)) return false;
    roomOutbox.queueAll("status", publicStatus.current.rev, nowMs);
    return true;
  }

  #publicPresence(chosen: ChosenPresence): Presence {
    const { alarms, devices } = this.#hub;
    if (chosen === "invisible") return "offline";
    if (chosen !== "auto") return chosen;
    return devices.allIdle || alarms.has("idle") ? "away" : "online";
  }
}
