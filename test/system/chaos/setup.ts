import { addMember, createChannel, createClient, getChannel } from "../../../src/client/index.ts";
import type { Random } from "../../../scripts/support/seeded-random.ts";
import type { UnreliableProxy } from "../../e2e/support/unreliable-proxy.ts";
import type { WorkerdServer } from "../../e2e/support/workerd-server.ts";
import { Device } from "./device.ts";
import { Ledger } from "./ledger.ts";

const usernames = ["ann", "bob", "cyd", "dan"];

/** The devices and channels of a run. */
export interface ChaosSetup {
  /** Devices behind the faulty network. */
  devices: Device[];
  /** A device with a direct connection, which can send many messages at once. */
  stableDevice: Device;
  channelIds: string[];
  ledger: Ledger;
}

/**
 * Creates four users with three devices each: two devices use one socket for both channels, one uses a socket for each.
 *
 * @param random decides which devices offer the compact form of events
 */
export async function setUpDevices(
  server: WorkerdServer,
  line: UnreliableProxy,
  random: Random,
): Promise<ChaosSetup> {
  const ledger = new Ledger();
  const users = await server.createUsers(...usernames);
  const [first, ...others] = users;
  if (!first) throw new Error("The server created no user");
  const owner = createClient({ url: server.url, tokens: first.tokens });
  const channels = [];
  for (const name of ["storm", "calm"]) {
    const { id: channelId } = await owner.call(createChannel, { body: { name } });
    for (const { userId } of others) await owner.call(addMember, { params: { channelId }, body: { userId } });
    channels.push(await owner.call(getChannel, { params: { channelId } }));
  }
  const devices: Device[] = [];
  for (const person of users)
    for (const [index, via] of (["gateway", "gateway", "rooms"] as const).entries()) {
      // Each device has its own session: of two clients that share one, each would invalidate the tokens of the other.
      const session = index === 0 ? person : await server.createSession(person);
      const name = `${person.username}-${via}-${index}`;
      const compact = random() < 0.5;
      devices.push(new Device({ name, person: session, url: line.url, via, compact, channels, ledger }));
    }
  const session = await server.createSession(first);
  const stableDevice = new Device({
    name: "stable",
    person: session,
    url: server.url,
    via: "gateway",
    compact: true,
    channels,
    ledger,
  });
  return { devices, stableDevice, ledger, channelIds: channels.map(({ id }) => id) };
}
