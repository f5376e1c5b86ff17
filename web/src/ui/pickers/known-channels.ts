import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Channel, getChannel, ParleyError } from "../../../../src/client/index.ts";
import type { Workspace } from "../../state/workspace.ts";

type KnownChannel = Channel | null | undefined;

const fetched = new WeakMap<Workspace, Map<string, Signal<KnownChannel>>>();

/**
 * Returns a channel by its id, also one that the user is not a member of. It is fetched when it is first needed: undefined until then, and null for a
 * channel that the user may not read.
 */
export function knownChannel(workspace: Workspace, channelId: string): ReadonlySignal<KnownChannel> {
  const own = workspace.channels.get(channelId);
  if (own) return own.channel;
  const known = channelsOf(workspace).get(channelId);
  if (known) return known;
  const added = signal<KnownChannel>(undefined);
  channelsOf(workspace).set(channelId, added);
  void fetchChannel(workspace, channelId, added);
  return added;
}

/** Remembers channels that a request returned. */
export function putKnownChannels(workspace: Workspace, channels: readonly Channel[]): void {
  const all = channelsOf(workspace);
  for (const channel of channels) {
    const known = all.get(channel.id);
    if (known) known.value = channel;
    else all.set(channel.id, signal<KnownChannel>(channel));
  }
}

async function fetchChannel(
  { client }: Workspace,
  channelId: string,
  target: Signal<KnownChannel>,
): Promise<void> {
  try {
    target.value = await client.call(getChannel, { params: { channelId } });
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    target.value = null;
  }
}

function channelsOf(workspace: Workspace): Map<string, Signal<KnownChannel>> {
  let channels = fetched.get(workspace);
  if (!channels) fetched.set(workspace, (channels = new Map()));
  return channels;
}
