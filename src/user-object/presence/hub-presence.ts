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
  due: AlarmScheduler;
  calls: RoomOutbox;
  status: ChosenStatus;
  shown: PublicStatus;
  /** After calls were queued or made. */
  schedule: () => void;
  commit: <T>(work: () => T) => T;
}

/** From what the user chose and where their devices are, how others see them; rooms with sockets of theirs hear of changes. */
export class HubPresence {
  readonly #options: PresenceOptions;
  readonly #rounds: StatusBroadcast;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#rounds = new StatusBroadcast(options.calls, options.schedule);
  }

  /** The user is there at this moment; while they are invisible nobody learns of it. */
  noteActive(nowMs: number): void {
    const { status, shown } = this.#options;
    if (status.at(nowMs).presence !== "invisible") shown.noteActive(nowMs);
  }

  /**
   * In one commit, `work` and how others see the user after it. If that is new, the rooms with sockets of theirs are called, and
   * called again until they confirm.
   */
  update(nowMs: number, work: () => void = () => {}): void {
    const isNew = this.#options.commit(() => {
      work();
      return this.#show(nowMs);
    });
    if (!isNew) return;
    failpoint("hub:after-status");
    void this.#rounds.tell();
  }

  /** A device came, or went. */
  deviceChanged(nowMs: number): void {
    const { devices, due, status, shown } = this.#options;
    this.update(nowMs, () => {
      this.noteActive(nowMs);
      const wasIdle = status.at(nowMs).presence === "auto" && shown.current.presence === "away";
      if (wasIdle && devices.count === 0) due.set("idle", nowMs + idleEndsMs);
    });
  }

  #show(nowMs: number): boolean {
    const { devices, due, calls, status, shown, schedule } = this.#options;
    const { presence, custom } = status.at(nowMs);
    if (devices.count > 0) due.clear("idle");
    if (!shown.show(this.#seenAs(presence), custom)) return false;
    calls.queueAll("status", shown.current.rev, nowMs);
    schedule();
    return true;
  }

  #seenAs(chosen: ChosenPresence): Presence {
    const { devices, due } = this.#options;
    if (chosen === "invisible") return "offline";
    if (chosen !== "auto") return chosen;
    return devices.areIdle || due.has("idle") ? "away" : "online";
  }
}
