import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../../src/client/index.ts";
import type { RoughLine } from "../../e2e/support/rough-line.ts";
import type { Workerd } from "../../e2e/support/workerd.ts";
import type { Device } from "./device.ts";
import type { Stage } from "./stage.ts";

const disturbEveryMs = 600;
const restartEveryMs = 2_500;
/** The first one, and every so many after it. */
const longEvery = 10;
const longAbsenceMs = 8_000;
const missedAtOnce = limits.replayEvents + 100;

export interface TroubleOptions extends Stage {
  server: Workerd;
  line: RoughLine;
  random: () => number;
  cutEveryMs: number;
}

/** What goes wrong while people talk: connections, objects, applications. */
export class Trouble {
  /** What was done to objects and applications, how often. */
  readonly counts: Record<string, number> = {};
  readonly #options: TroubleOptions;
  readonly #running: Promise<void>[];
  #over = false;
  #restarts = 0;

  /** Begins at once. */
  constructor(options: TroubleOptions) {
    this.#options = options;
    this.#running = [
      this.#everyNow(options.cutEveryMs, () => options.line.cut()),
      this.#everyNow(disturbEveryMs, () => this.#disturb()),
      this.#everyNow(restartEveryMs, () => this.#restart()),
    ];
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when nothing more goes wrong, and every application is open. */
  async stop(): Promise<void> {
    this.#over = true;
    this.#options.line.calm();
    await Promise.all(this.#running);
    for (const device of this.#options.devices) if (!device.isOpen) device.open();
  }

  async #everyNow(meanMs: number, act: () => unknown): Promise<void> {
    while (!this.#over) {
      await sleep(this.#options.random() * 2 * meanMs);
      if (!this.#over) await act();
    }
  }

  /** A room or a hub loses its memory, or its sockets with it, or dies. */
  async #disturb(): Promise<void> {
    const { server, devices, channelIds, random } = this.#options;
    const kind = random() < 0.6 ? "room" : "hub";
    const name = this.#draw(kind === "room" ? channelIds : devices.map(({ person }) => person.userId));
    const dice = random();
    const how = dice < 0.4 ? "hibernate" : dice < 0.6 ? "close" : "die";
    this.#note(`${kind} ${how}`);
    if (how === "die") return server.die(kind, name);
    // Not waited for: an object that is busy is evicted when it comes to rest.
    void server.evict(kind, name, how).catch(() => {});
  }

  /**
   * An application is closed in the middle of things, with something just sent, and opened again a moment later; now and then
   * much later, with more missed than is replayed.
   */
  async #restart(): Promise<void> {
    const { devices, channelIds, speaker, random } = this.#options;
    const device = this.#draw(devices.filter(({ isOpen }) => isOpen));
    const isLong = this.#restarts++ % longEvery === 0;
    this.#note(isLong ? "long absence" : "restart");
    for (const channelId of channelIds) void device.say(channelId);
    await sleep(random() * 20);
    device.close();
    const reopened = sleep(isLong ? longAbsenceMs : random() * 300).then(() => this.#reopen(device));
    if (!isLong) return reopened;
    const channelId = this.#draw(channelIds);
    for (let said = 0; said < missedAtOnce; said++) void speaker.say(channelId);
  }

  #reopen(device: Device): void {
    if (!this.#over && !device.isOpen) device.open();
  }

  #draw<T>(from: readonly T[]): T {
    const drawn = from[Math.floor(this.#options.random() * from.length)];
    if (drawn === undefined) throw new RangeError("Nothing to draw from");
    return drawn;
  }

  #note(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}
