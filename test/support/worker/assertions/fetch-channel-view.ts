import type { Member, Message } from "../../../../src/protocol/index.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { type ChannelView, emptyView } from "./channel-view.ts";

/** A channel as fetched over REST. */
export interface FetchedChannel {
  /** Its `positions` are the seq at which each part was fetched. */
  view: ChannelView;
  /** The lowest seq at which a part was fetched: applying all later events completes the view. */
  since: number;
  /** The pins as listed, including their messages. */
  pins: object[];
}

/** Returns all items of a list, fetched page by page, and the lowest seq of a page. */
async function listed<Item>(
  reader: TestUser,
  path: string,
  limit: number,
): Promise<{ items: Item[]; seq: number }> {
  const items: Item[] = [];
  let seq = Number.MAX_SAFE_INTEGER;
  for (let cursor: string | null = ""; cursor !== null;) {
    const { status, body, text } = await reader.call(
      "GET",
      `${path}?limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    if (status !== 200) throw new Error(`${path}: ${text}`);
    items.push(...body.items);
    if (body.root) items.push(body.root);
    seq = Math.min(seq, body.seq);
    cursor = body.nextCursor;
  }
  return { items, seq };
}

async function history(reader: TestUser, at: string): Promise<{ items: Message[]; seq: number }> {
  const items: Message[] = [];
  let seq = Number.MAX_SAFE_INTEGER;
  for (let query = "?limit=12"; query;) {
    const { status, body, text } = await reader.call("GET", `${at}/messages${query}`);
    if (status !== 200) throw new Error(`messages${query}: ${text}`);
    items.unshift(...body.items);
    seq = Math.min(seq, body.seq);
    query = body.hasMoreBefore ? `?limit=12&before=${items[0]!.seq}` : "";
  }
  return { items, seq };
}

/** Fetches all parts of a channel page by page. Each page may be of another moment if others write meanwhile. */
export async function fetchChannelView(reader: TestUser, channelId: string): Promise<FetchedChannel> {
  const at = `/v1/channels/${channelId}`;
  const view = emptyView(reader.userId);
  const { positions } = view;
  const keep = (messages: Message[]): void => {
    for (const message of messages)
      if ((view.messages.get(message.id)?.rev ?? -1) <= message.rev) view.messages.set(message.id, message);
  };
  const { seq: channelSeq, epoch: _, ...channel } = (await reader.call("GET", at)).body;
  view.channel = channel;
  positions.channel = channelSeq;
  const members = await listed<Member>(reader, `${at}/members`, 3);
  for (const member of members.items) view.members.set(member.userId, member);
  positions.members = members.seq;
  const shown = await history(reader, at);
  keep(shown.items);
  let since = Math.min(channelSeq, members.seq, shown.seq);
  // A message with rev = seq was never changed, so it has neither replies nor reactions.
  const touched = ({ rev, seq }: Message): boolean => rev > seq;
  for (const root of shown.items.filter((message) => message.threadId === null && touched(message))) {
    const { items, seq } = await listed<Message>(reader, `${at}/messages/${root.id}/thread`, 3);
    keep(items);
    since = Math.min(since, seq);
  }
  for (const { id } of [...view.messages.values()].filter(touched)) {
    // Who reacted comes from D1, which may not have the message yet; then the events complete the view.
    if ((await reader.call("GET", `${at}/messages/${id}/reactions`)).status === 503) {
      since = 0;
      continue;
    }
    const { items, seq } = await listed<{ emoji: string; userId: string; reactedAt: string }>(
      reader,
      `${at}/messages/${id}/reactions`,
      2,
    );
    view.reactions.set(
      id,
      new Map(items.map((item) => [`${item.emoji} ${item.userId}`, { ...item, seq: 0 }])),
    );
    positions.reactions.set(id, seq);
    since = Math.min(since, seq);
  }
  const pins = await listed<Message & { pinnedBy: string; pinnedAt: string }>(reader, `${at}/pins`, 2);
  for (const { pinnedBy, pinnedAt, ...message } of pins.items.toReversed()) {
    keep([message]);
    view.pins.set(message.id, { pinnedBy, pinnedAt, seq: 0 });
  }
  positions.pins = pins.seq;
  return { view, since: Math.min(since, pins.seq), pins: pins.items };
}
