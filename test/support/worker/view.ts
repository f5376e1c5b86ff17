import type { Channel, EventEnvelope, Member, Message } from "../../../src/protocol/index.ts";

/** What a client holds of a channel. */
export interface View {
  channel: Channel | undefined;
  members: Map<string, Member>;
  messages: Map<string, Message>;
  /** Earlier texts by `messageId version`. */
  versions: Map<string, { content: string; at: string }>;
}

export const emptyView = (): View => ({
  channel: undefined,
  members: new Map(),
  messages: new Map(),
  versions: new Map(),
});

/** Takes an event as a client must: results, not deltas; what the snapshot already had is skipped. */
export function apply(view: View, { type, data }: EventEnvelope): void {
  switch (type) {
    case "channelCreate":
    case "channelUpdate":
      view.channel = data.channel;
      return;
    case "memberJoin":
    case "memberUpdate":
      view.members.set(data.member.userId, data.member);
      return;
    case "memberLeave":
      view.members.delete(data.member.userId);
      return;
    case "messageCreate":
    case "messageUpdate":
    case "messageDelete": {
      const { message } = data;
      const before = view.messages.get(message.id);
      if (before && before.rev >= message.rev) return;
      if (type === "messageUpdate" && before)
        view.versions.set(`${message.id} ${before.version}`, {
          content: before.content,
          at: before.updatedAt,
        });
      if (type === "messageDelete")
        for (const key of view.versions.keys()) if (key.startsWith(message.id)) view.versions.delete(key);
      view.messages.set(message.id, message);
    }
  }
}

/** The view as plain values, in the order in which REST lists them. */
export const plain = ({ channel, members, messages }: View) => ({
  channel,
  members: [...members.values()].sort((a, b) =>
    a.joinedAt === b.joinedAt ? (a.userId < b.userId ? -1 : 1) : a.joinedAt < b.joinedAt ? -1 : 1,
  ),
  messages: [...messages.values()].sort((a, b) => a.seq - b.seq),
});
