import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../../../src/client/index.ts";
import { randomItem } from "../../../scripts/support/seeded-random.ts";
import type { UnreliableProxy } from "../../e2e/support/unreliable-proxy.ts";
import type { WorkerdServer } from "../../e2e/support/workerd-server.ts";
import type { Device } from "./device.ts";
import type { ChaosSetup } from "./setup.ts";

const disturbEveryMs = 600;
const restartEveryMs = 2_500;
/** The first restart, and every tenth after it, is a long absence. */
const longEvery = 10;
const longAbsenceMs = 8_000;
/** More messages than the server replays, so that a device that returns has to repair a gap. */
const missedMessages = limits.replayEvents + 100;

export interface FaultInjectorOptions extends ChaosSetup {
  server: WorkerdServer;
  line: UnreliableProxy;
  random: () => number;
  cutEveryMs: number;
}

/** Injects faults into connections, objects and applications at random times, until `stop()`. */
export class FaultInjector {
  /** Number of faults injected into objects and applications, by kind. */
  readonly counts: Record<string, number> = {};
  readonly #options: FaultInjectorOptions;
  readonly #running: Promise<void>[];
  #isStopped = false;
  #restarts = 0;

  /** Starts at once. */
  constructor(options: FaultInjectorOptions) {
    this.#options = options;
    this.#running = [
      this.#repeat(options.cutEveryMs, () => options.line.breakRandomSocket()),
      this.#repeat(disturbEveryMs, () => this.#disturbObject()),
      this.#repeat(restartEveryMs, () => this.#restartDevice()),
    ];
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** Stops all faults; resolves when every application is open. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#options.line.stabilize();
    await Promise.all(this.#running);
    for (const device of this.#options.devices) if (!device.isOpen) device.open();
  }

  async #repeat(meanMs: number, injectFault: () => unknown): Promise<void> {
    while (!this.#isStopped) {
      await sleep(this.#options.random() * 2 * meanMs);
      if (!this.#isStopped) await injectFault();
    }
  }

  /** Evicts a ChannelRoom or UserHub with hibernated sockets, evicts it with closed sockets, or crashes it. */
  async #disturbObject(): Promise<void> {
    const { server, devices, channelIds, random } = this.#options;
    const kind = random() < 0.6 ? "room" : "hub";
    const name = this.#draw(kind === "room" ? channelIds : devices.map(({ person }) => person.userId));
    const dice = random();
    const how = dice < 0.4 ? "hibernate" : dice < 0.6 ? "close" : "die";
    this.#count(`${kind} ${how}`);
    if (how === "die") return server.abortObject(kind, name);
    // Not awaited: a busy object is evicted only when it becomes idle.
    void server.evictObject(kind, name, how).catch(() => {});
  }

  /**
   * Closes an application just after it sent messages, and opens it again shortly after; sometimes much later, when it has missed
   * more events than the server replays.
   */
  async #restartDevice(): Promise<void> {
    const { devices, channelIds, stableDevice, random } = this.#options;
    const device = this.#draw(devices.filter(({ isOpen }) => isOpen));
    const isLong = this.#restarts++ % longEvery === 0;
    this.#count(isLong ? "long absence" : "restart");
    for (const channelId of channelIds) void device.sendMessage(channelId);
    await sleep(random() * 20);
    device.close();
    const reopened = sleep(isLong ? longAbsenceMs : random() * 300).then(() => this.#reopen(device));
    if (!isLong) return reopened;
    const channelId = this.#draw(channelIds);
    for (let sent = 0; sent < missedMessages; sent++) void stableDevice.sendMessage(channelId);
  }

  #reopen(device: Device): void {
    if (!this.#isStopped && !device.isOpen) device.open();
  }

  #draw<T>(items: readonly T[]): T {
    const item = randomItem(this.#options.random, items);
    if (item === undefined) throw new RangeError("Cannot draw from an empty list");
    return item;
  }

  #count(kind: string): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }
}
