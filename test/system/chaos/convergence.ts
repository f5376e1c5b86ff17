import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectKind, WorkerdServer } from "../../e2e/support/workerd-server.ts";
import type { Device } from "./device.ts";

const convergenceTimeoutMs = 60_000;
/** Longer than the server's idle timeout, which a room checks up to 14 s late. */
const closeTimeoutMs = 30_000;

/**
 * Waits until every device is live, without pending commands, and at the same position.
 *
 * @returns whether that happened within 60 s
 */
export async function waitForConvergence(devices: readonly Device[]): Promise<boolean> {
  for (const end = performance.now() + convergenceTimeoutMs; performance.now() < end; await sleep(50)) {
    if (!devices.every(({ isLive, unanswered }) => isLive && unanswered === 0)) continue;
    const heads = new Map<string, number>();
    for (const { channelId, position } of devices.flatMap(({ recorders }) => recorders))
      heads.set(channelId, Math.max(heads.get(channelId) ?? 0, position.seq));
    if (
      devices.every(({ recorders }) =>
        recorders.every(({ channelId, position }) => position.seq === heads.get(channelId)),
      )
    )
      return true;
  }
  return false;
}

/**
 * Compares the number of sockets at rooms and hubs with that of the devices, until they are equal or 30 s are over.
 *
 * @returns the differences as text: sockets of lost connections that were not released
 */
export async function findLeakedSockets(
  devices: readonly Device[],
  channelIds: readonly string[],
  server: WorkerdServer,
): Promise<string[]> {
  const expected = new Map<string, [ObjectKind, number]>();
  for (const channelId of channelIds) expected.set(channelId, ["room", devices.length]);
  for (const { person, via } of devices) {
    const [, count] = expected.get(person.userId) ?? ["hub", 0];
    expected.set(person.userId, ["hub", via === "gateway" ? count + 1 : count]);
  }
  let leaks: string[] = [];
  for (const end = performance.now() + closeTimeoutMs; performance.now() < end; await sleep(200)) {
    const found = await Promise.all(
      Array.from(expected, async ([name, [kind, wanted]]) => {
        const { sockets } = await server.inspectObject(kind, name);
        return sockets === wanted ? [] : [`${kind} ${name} has ${sockets} sockets instead of ${wanted}`];
      }),
    );
    leaks = found.flat();
    if (leaks.length === 0) break;
  }
  return leaks;
}

/** Describes a device that did not converge. */
export function describeState(device: Device): string {
  const { name, states, unanswered, recorders } = device;
  const positions = recorders.map(({ position }) => `#${position.seq}`).join(", ");
  return `${name} did not converge: ${states.join(", ")}, ${unanswered} commands pending, at ${positions}`;
}
