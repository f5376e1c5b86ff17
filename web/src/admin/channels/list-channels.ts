import {
  type Channel,
  getAllChannelIds,
  getChannel,
  getChannels,
  type Page,
  ParleyError,
} from "../../../../src/client/index.ts";
import type { Workspace } from "../../state/workspace.ts";
import { putKnownChannels } from "../../ui/pickers/known-channels.ts";
import { parallelMap } from "../lists/parallel-map.ts";
import { pageQuery } from "../lists/use-pages.ts";

/** A channel of the list; without its name if the admin may not read it. */
export interface ListedChannel {
  id: string;
  /** Null for a private channel that the admin is not a member of. */
  channel: Channel | null;
}

/**
 * Which channels are listed. The server lists all channels, with archived and private ones, only by their ids; names are fetched one by one, and can't be
 * searched.
 */
export type ChannelScope = "public" | "joined" | "all";

/** Channels of one page of the list of all channels: each is a further request. */
const idsPerPage = 25;
const requestsAtOnce = 5;

/** Reads a page of the channels of a scope. */
export async function listChannels(
  workspace: Workspace,
  {
    scope,
    query,
    cursor,
    signal,
  }: {
    scope: ChannelScope;
    query: string;
    cursor: string | undefined;
    signal: AbortSignal;
  },
): Promise<Page<ListedChannel>> {
  const { client } = workspace;
  if (scope === "all") {
    const page = await client.call(getAllChannelIds, {
      query: { limit: idsPerPage, ...pageQuery(cursor) },
      signal,
    });
    const items = await parallelMap(page.items, requestsAtOnce, async ({ channelId }) => ({
      id: channelId,
      channel: await readChannel(workspace, channelId, signal),
    }));
    return { items, nextCursor: page.nextCursor };
  }
  const page = await client.call(getChannels, {
    query: { scope, ...(query !== "" && { query }), ...pageQuery(cursor) },
    signal,
  });
  const named = page.items.filter(({ name }) => name !== null);
  putKnownChannels(workspace, named);
  return { items: named.map((channel) => ({ id: channel.id, channel })), nextCursor: page.nextCursor };
}

/** Reads a channel; null if the admin may not. */
async function readChannel(
  workspace: Workspace,
  channelId: string,
  signal: AbortSignal,
): Promise<Channel | null> {
  try {
    const channel = await workspace.client.call(getChannel, { params: { channelId }, signal });
    putKnownChannels(workspace, [channel]);
    return channel;
  } catch (error) {
    if (error instanceof ParleyError && error.code === "not_found") return null;
    throw error;
  }
}
