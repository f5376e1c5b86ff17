import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectKind, Workerd } from "../../e2e/support/workerd.ts";
import type { Device } from "./device.ts";

const settleMs = 60_000;
/** Past the silence after which a server ends a connection: a room looks for it up to 14 s later. */
const leavingMs = 30_000;

/** Until every device is live and has everything that any of them has; whether that came. */
export async function settle(devices: readonly Device[]): Promise<boolean> {
  for (const end = performance.now() + settleMs; performance.now() < end; await sleep(50)) {
    if (!devices.every(({ isLive, unanswered }) => isLive && unanswered === 0)) continue;
    const heads = new Map<string, number>();
    for (const { channelId, place } of devices.flatMap(({ watches }) => watches))
      heads.set(channelId, Math.max(heads.get(channelId) ?? 0, place.seq));
    if (
      devices.every(({ watches }) =>
        watches.every(({ channelId, place }) => place.seq === heads.get(channelId)),
      )
    )
      return true;
  }
  return false;
}

/** Sockets at rooms and hubs beyond those of the devices: when a connection is gone, so is all that stood for it. */
export async function leftoversOf(
  devices: readonly Device[],
  channelIds: readonly string[],
  server: Workerd,
): Promise<string[]> {
  const expected = new Map<string, [ObjectKind, number]>();
  for (const channelId of channelIds) expected.set(channelId, ["room", devices.length]);
  for (const { person, via } of devices) {
    const [, count] = expected.get(person.userId) ?? ["hub", 0];
    expected.set(person.userId, ["hub", via === "gateway" ? count + 1 : count]);
  }
  let leftovers: string[] = [];
  for (const end = performance.now() + leavingMs; performance.now() < end; await sleep(200)) {
    const looks = await Promise.all(
      Array.from(expected, async ([name, [kind, wanted]]) => {
        const { sockets } = await server.look(kind, name);
        return sockets === wanted
          ? []
          : [`${kind} ${name} has ${sockets} sockets, of ${wanted} that are there`];
      }),
    );
    leftovers = looks.flat();
    if (leftovers.length === 0) break;
  }
  return leftovers;
}

/** Of one that did not come to rest. */
export function describe(device: Device): string {
  const { name, states, unanswered, watches } = device;
  const places = watches.map(({ place }) => `#${place.seq}`).join(", ");
  return `${name} did not come to rest: ${states.join(", ")}, ${unanswered} unanswered, at ${places}`;
}
