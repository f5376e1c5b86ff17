import { failpoint } from "../../lib/failpoint.ts";
import type { AlarmScheduler } from "../../durable/alarm-scheduler.ts";
import type { ChosenPresence, Presence } from "../../protocol/index.ts";
import type { DeviceSockets } from "../sockets/devices.ts";
import type { RoomOutbox } from "../room-sync/room-outbox.ts";
import type { PublicStatus } from "./public-status.ts";
import type { ChosenStatus } from "./chosen-status.ts";
import { StatusBroadcast } from "./status-broadcast.ts";

/** Who left a device that was idle stays away for so much longer: by then rooms know that they went, or they are back. */
const idleEndsMs = 10_000;

export interface PresenceOptions {
  devices: DeviceSockets;
  alarms: AlarmScheduler;
  roomOutbox: RoomOutbox;
  chosenStatus: ChosenStatus;
  publicStatus: PublicStatus;
  /** After calls were queued or made. */
  scheduleRoomCalls: () => void;
  commit: <T>(work: () => T) => T;
}

/** From what the user chose and where their devices are, how others see them; rooms with sockets of theirs hear of changes. */
export class HubPresence {
  readonly #options: PresenceOptions;
  readonly #broadcast: StatusBroadcast;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#broadcast = new StatusBroadcast(options.roomOutbox, options.scheduleRoomCalls);
  }

  /** The user is there at this moment; while they are invisible nobody learns of it. */
  recordActivity(nowMs: number): void {
    const { chosenStatus, publicStatus } = this.#options;
    if (chosenStatus.at(nowMs).presence !== "invisible") publicStatus.recordActivity(nowMs);
  }

  /**
   * In one commit, `work` and how others see the user after it. If that is new, the rooms with sockets of theirs are called, and
   * called again until they confirm.
   */
  update(nowMs: number, work: () => void = () => {}): void {
    const isNew = this.#options.commit(() => {
      work();
      return this.#publish(nowMs);
    });
    if (!isNew) return;
    failpoint("hub:after-status");
    void this.#broadcast.tell();
  }

  /** A device came, or went. */
  deviceChanged(nowMs: number): void {
    const { devices, alarms, chosenStatus, publicStatus } = this.#options;
    this.update(nowMs, () => {
      this.recordActivity(nowMs);
      const wasIdle = chosenStatus.at(nowMs).presence === "auto" && publicStatus.current.presence === "away";
      if (wasIdle && devices.count === 0) alarms.set("idle", nowMs + idleEndsMs);
    });
  }

  #publish(nowMs: number): boolean {
    const { devices, alarms, roomOutbox, chosenStatus, publicStatus, scheduleRoomCalls } = this.#options;
    const { presence, custom } = chosenStatus.at(nowMs);
    if (devices.count > 0) alarms.clear("idle");
    if (!publicStatus.set(this.#publicPresence(presence), custom)) return false;
    roomOutbox.queueAll("status", publicStatus.current.rev, nowMs);
    scheduleRoomCalls();
    return true;
  }

  #publicPresence(chosen: ChosenPresence): Presence {
    const { devices, alarms } = this.#options;
    if (chosen === "invisible") return "offline";
    if (chosen !== "auto") return chosen;
    return devices.allIdle || alarms.has("idle") ? "away" : "online";
  }
}
