import type { Channel, EventData, EventEnvelope, Member, Message } from "../../../../src/protocol/index.ts";
import { roomLog } from "../objects/room-object.ts";

/** Folds the room's log into a view, one event at a time, without the fields that depend on a viewer. */
export async function foldLog(channelId: string): Promise<ChannelView> {
  const view = emptyView();
  for (const { seq, at, type, data } of await roomLog(channelId))
    applyEvent(view, {
      type,
      seq,
      channelId,
      at: new Date(at).toISOString(),
      data: JSON.parse(data),
    } as EventEnvelope);
  return view;
}

export interface ListedReaction {
  emoji: string;
  userId: string;
  reactedAt: string;
  /** Of the event; 0 if it comes from a page of reactions, which has no seq. */
  seq: number;
}

export interface ListedPin {
  pinnedBy: string;
  pinnedAt: string;
  seq: number;
}

/** The state of a channel as a client builds it from a snapshot and events. */
export interface ChannelView {
  /** The user whose own reactions are marked by `me`. Events carry only the `userId` of the reaction, so the client sets the mark. */
  readonly viewerId: string | undefined;
  channel: Channel | undefined;
  members: Map<string, Member>;
  /** Replies too. */
  messages: Map<string, Message>;
  /** Earlier texts by `messageId version`. */
  versions: Map<string, { content: string; at: string }>;
  /** By message, in the order of pinning. */
  pins: Map<string, ListedPin>;
  /** By message, in order; the inner keys are emoji and user. */
  reactions: Map<string, Map<string, ListedReaction>>;
  /** The seq up to which the parts without a `rev` are already included. */
  positions: { channel: number; members: number; pins: number; reactions: Map<string, number> };
}

export const emptyView = (viewerId?: string): ChannelView => ({
  viewerId,
  channel: undefined,
  members: new Map(),
  messages: new Map(),
  versions: new Map(),
  pins: new Map(),
  reactions: new Map(),
  positions: { channel: 0, members: 0, pins: 0, reactions: new Map() },
});

/** Applies an event as a client must: events carry results, not deltas, and events that the snapshot includes are skipped. */
export function applyEvent(view: ChannelView, event: EventEnvelope): void {
  const { type, data, seq } = event;
  switch (type) {
    case "channelCreate":
    case "channelUpdate":
    case "channelDelete":
      if (seq > view.positions.channel) view.channel = data.channel;
      return;
    case "memberJoin":
    case "memberUpdate":
    case "memberMute":
    case "memberUnmute":
      if (seq > view.positions.members) view.members.set(data.member.userId, data.member);
      return;
    case "memberLeave":
      if (seq > view.positions.members) view.members.delete(data.member.userId);
      return;
    case "messageCreate":
    case "messageUpdate":
    case "threadUpdate":
      return takeMessage(view, data.message);
    case "threadCreate":
      takeMessage(view, data.message);
      return touch(view, data.message.threadId, seq, () => ({ thread: data.thread }));
    case "messageDelete":
      return takeDeletion(view, data.message, seq);
    case "threadDelete":
      takeDeletion(view, data.message, seq);
      return touch(view, data.message.threadId, seq, () => ({ thread: data.thread }));
    case "messagePin":
      touch(view, data.messageId, seq, () => ({ pinned: true }));
      return takePin(view, event.seq, data.messageId, { pinnedBy: data.userId, pinnedAt: event.at, seq });
    case "messageUnpin":
      touch(view, data.messageId, seq, () => ({ pinned: false }));
      return takePin(view, event.seq, data.messageId);
    case "reactionAdd":
    case "reactionRemove":
      touch(view, data.messageId, seq, ({ reactions }) => ({
        reactions: withKind(view, reactions, type, data),
      }));
      return takeReaction(view, data, seq, type === "reactionAdd" ? event.at : null);
  }
}

/** Stores a whole message, keeping the viewer's own `me` marks. */
function takeMessage(view: ChannelView, message: Message): void {
  const before = view.messages.get(message.id);
  if (before && before.rev >= message.rev) return;
  if (before && message.deletedAt === null)
    view.versions.set(`${message.id} ${before.version}`, { content: before.content, at: before.updatedAt });
  const mine = new Set(before?.reactions.flatMap(({ emoji, me }) => (me ? [emoji] : [])));
  const reactions = message.reactions.map((kind) => (mine.has(kind.emoji) ? { ...kind, me: true } : kind));
  view.messages.set(message.id, { ...message, reactions });
}

function takeDeletion(view: ChannelView, message: Message, seq: number): void {
  takeMessage(view, message);
  for (const key of view.versions.keys()) if (key.startsWith(message.id)) view.versions.delete(key);
  takePin(view, seq, message.id);
  if (seq > (view.positions.reactions.get(message.id) ?? 0)) view.reactions.delete(message.id);
}

/** Updates the parts of a message that other users change: thread, reactions, pin. */
function touch(
  view: ChannelView,
  messageId: string | null,
  seq: number,
  change: (message: Message) => Partial<Message>,
): void {
  const message = view.messages.get(messageId ?? "");
  if (!message || message.rev >= seq) return;
  view.messages.set(message.id, { ...message, ...change(message), rev: seq });
}

function withKind(
  { viewerId }: ChannelView,
  kinds: Message["reactions"],
  type: "reactionAdd" | "reactionRemove",
  { emoji, userId, count }: EventData<"reactionAdd">,
): Message["reactions"] {
  const before = kinds.find((kind) => kind.emoji === emoji);
  const isMine = userId === viewerId ? type === "reactionAdd" : before?.me === true;
  const after = { emoji, count, ...(isMine && { me: true }) };
  if (count === 0) return kinds.filter((kind) => kind !== before);
  return before ? kinds.map((kind) => (kind === before ? after : kind)) : [...kinds, after];
}

function takePin({ positions, pins }: ChannelView, seq: number, messageId: string, pin?: ListedPin): void {
  if (seq <= positions.pins) return;
  pins.delete(messageId);
  if (pin) pins.set(messageId, pin);
}

function takeReaction(
  { positions, reactions }: ChannelView,
  { messageId, emoji, userId }: EventData<"reactionAdd">,
  seq: number,
  reactedAt: string | null,
): void {
  if (seq <= (positions.reactions.get(messageId) ?? 0)) return;
  const list = reactions.get(messageId) ?? new Map<string, ListedReaction>();
  list.delete(`${emoji} ${userId}`);
  if (reactedAt !== null) list.set(`${emoji} ${userId}`, { emoji, userId, reactedAt, seq });
  reactions.set(messageId, list);
}

/** Whether the channel's history lists the message. */
export const isInHistory = ({ threadId, alsoInChannel }: Message): boolean =>
  threadId === null || alsoInChannel === true;

/** The view as plain values, in the order in which REST lists them. */
export function plainView({ channel, members, messages: held, pins, reactions }: ChannelView) {
  const messages = [...held.values()].sort((a, b) => a.seq - b.seq);
  const threads: Record<string, Message[]> = {};
  for (const message of messages)
    if (message.threadId !== null) (threads[message.threadId] ??= []).push(message);
  return {
    channel,
    members: [...members.values()].sort((a, b) =>
      a.joinedAt === b.joinedAt ? (a.userId < b.userId ? -1 : 1) : a.joinedAt < b.joinedAt ? -1 : 1,
    ),
    messages,
    history: messages.filter(isInHistory),
    threads,
    pins: [...pins]
      .reverse()
      .map(([id, { pinnedBy, pinnedAt }]) => ({ ...held.get(id)!, pinnedBy, pinnedAt })),
    reactions: Object.fromEntries(
      [...reactions]
        .filter(([, list]) => list.size > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([id, list]) => [
          id,
          [...list.values()].map(({ emoji, userId, reactedAt }) => ({ emoji, userId, reactedAt })),
        ]),
    ),
  };
}
