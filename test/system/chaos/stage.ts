import { addMember, createChannel, createClient, getChannel } from "../../../src/client/index.ts";
import type { RoughLine } from "../../e2e/support/rough-line.ts";
import type { Workerd } from "../../e2e/support/workerd.ts";
import { Device } from "./device.ts";
import { Ledger } from "./ledger.ts";

const people = ["ann", "bob", "cyd", "dan"];

export interface Stage {
  /** Behind the line that breaks. */
  devices: Device[];
  /** Somebody's with nothing rough in between, who can say much at once. */
  speaker: Device;
  channelIds: string[];
  ledger: Ledger;
}

/** Four people with three devices each: two have one socket for both channels, one has a socket for each. */
export async function setStage(server: Workerd, line: RoughLine): Promise<Stage> {
  const ledger = new Ledger();
  const cast = await server.people(...people);
  const [first, ...others] = cast;
  if (!first) throw new Error("Nobody is there");
  const owner = createClient({ url: server.url, tokens: first.tokens });
  const channels = [];
  for (const name of ["storm", "calm"]) {
    const { id: channelId } = await owner.call(createChannel, { body: { name } });
    for (const { userId } of others) await owner.call(addMember, { params: { channelId }, body: { userId } });
    channels.push(await owner.call(getChannel, { params: { channelId } }));
  }
  const devices: Device[] = [];
  for (const person of cast)
    for (const [index, via] of (["gateway", "gateway", "rooms"] as const).entries()) {
      // Each device has a session of its own: two that share one would renew each other's tokens away.
      const session = index === 0 ? person : await server.another(person);
      const name = `${person.username}-${via}-${index}`;
      devices.push(new Device({ name, person: session, url: line.url, via, channels, ledger }));
    }
  const session = await server.another(first);
  const speaker = new Device({
    name: "speaker",
    person: session,
    url: server.url,
    via: "gateway",
    channels,
    ledger,
  });
  return { devices, speaker, ledger, channelIds: channels.map(({ id }) => id) };
}
