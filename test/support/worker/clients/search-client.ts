import type { MessageHit } from "../../../../src/protocol/index.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { createChannelFor } from "../fixtures/channels.ts";
import { waitForIndex } from "../objects/search-index.ts";
import type { RestResponse } from "./rest-client.ts";

/** Requests one page of a search. */
export const requestSearch = (
  who: TestUser,
  what: "messages" | "channels" | "users" | "files",
  q: string,
  more: Record<string, string> = {},
): Promise<RestResponse> => who.call("GET", `/v1/search/${what}?${new URLSearchParams({ q, ...more })}`);

/** Returns all results of a search over all pages, in order. */
export async function searchAll<Item = MessageHit>(
  who: TestUser,
  what: Parameters<typeof requestSearch>[1],
  q: string,
  more: Record<string, string> = {},
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { status, body } = await requestSearch(who, what, q, { ...more, ...(cursor && { cursor }) });
    if (status !== 200) throw new Error(`${q}: ${JSON.stringify(body)}`);
    items.push(...body.items);
    cursor = body.nextCursor;
  }
  return items;
}

/** Returns the texts of the messages found, sorted. */
export const searchTexts = async (who: TestUser, q: string): Promise<string[]> =>
  (await searchAll(who, "messages", q)).map(({ message }) => message.content).sort();

/** Posts messages in order, waits until they are indexed and returns their ids. */
export async function postIndexed(
  who: TestUser,
  channelId: string,
  contents: readonly string[],
): Promise<string[]> {
  const ids: string[] = [];
  for (const content of contents)
    ids.push((await who.call("POST", `/v1/channels/${channelId}/messages`, { content })).body.id);
  await waitForIndex(channelId);
  return ids;
}

/** Creates a channel with these messages and waits until they are indexed. */
export async function createIndexedChannel(who: TestUser, contents: readonly string[]): Promise<string> {
  const channelId = await createChannelFor(who);
  await postIndexed(who, channelId, contents);
  return channelId;
}

/** Returns the highlighted parts of a result. */
export const highlightedTexts = ({ message, highlights }: MessageHit): string[] =>
  highlights.map(([start, end]) => [...message.content].slice(start, end).join(""));
