import { isNamed } from "../../../domain/permissions.ts";
import type { Channel, EventEnvelope, Message } from "../../../protocol/index.ts";
import { slackChannelId, slackFileId, slackUserId } from "../ids.ts";
import { encodedName, presentChannel } from "../present/channel.ts";
import { nameOfEmoji } from "../present/emoji.ts";
import { presentMessage, type ThreadRoot } from "../present/message.ts";
import { encodeEntities } from "../text/index.ts";
import { slackTs } from "../timestamps.ts";

/** An event of Slack's Events API. */
export type SlackEvent = { type: string; event_ts: string } & Record<string, unknown>;

/** What the translation of a channel's events needs besides them. */
export interface EventContext {
  teamId: string;
  origin: string;
  /** The bot that receives the events. */
  botUserId: string;
  /** The channel before the event. */
  channel: Channel;
  /** Returns the root message of a thread; undefined if it cannot be read. */
  findRoot(messageId: string): Promise<ThreadRoot | undefined>;
  /** Returns a message as it is now; undefined if it cannot be read. */
  findMessage(messageId: string): Promise<Message | undefined>;
}

const channelTypes = {
  public: "channel",
  private: "group",
  direct: "im",
  group: "mpim",
} as const satisfies Record<Channel["type"], string>;

/** Translates an event of a channel's log into events of Slack's API: none for what Slack has no event for, or several. */
export async function translateEvent(envelope: EventEnvelope, context: EventContext): Promise<SlackEvent[]> {
  const eventTs = slackTs({ seq: envelope.seq, createdAt: envelope.at });
  switch (envelope.type) {
    case "messageCreate":
    case "threadCreate":
      return translateNewMessage(envelope.data.message, eventTs, context);
    case "messageUpdate":
    case "threadUpdate":
      return [await translateEdit(envelope.data.message, eventTs, context)];
    case "messageDelete":
    case "threadDelete":
      return [translateDeletion(envelope.data.message, eventTs, context)];
    case "reactionAdd":
      return translateReaction("reaction_added", envelope.data, eventTs, context);
    case "reactionRemove":
      return translateReaction("reaction_removed", envelope.data, eventTs, context);
    case "messagePin":
      return translatePin("pin_added", envelope.data, eventTs, context);
    case "messageUnpin":
      return translatePin("pin_removed", envelope.data, eventTs, context);
    case "memberJoin":
    case "memberLeave":
      // The members of direct and group messages are those from the beginning.
      return isNamed(context.channel.type) ? [translateMember(envelope, eventTs, context)] : [];
    case "channelCreate":
    case "channelUpdate":
    case "channelDelete":
      return translateChannel(envelope, eventTs, context);
    default:
      return [];
  }
}

const channelOf = ({ channel }: EventContext) => ({
  channel: slackChannelId(channel),
  channel_type: channelTypes[channel.type],
});

async function present(message: Message, context: EventContext) {
  const { teamId, origin, botUserId } = context;
  const root = message.threadId === null ? undefined : await context.findRoot(message.threadId);
  return presentMessage(message, { teamId, origin, viewerId: botUserId, root });
}

async function translateNewMessage(
  message: Message,
  eventTs: string,
  context: EventContext,
): Promise<SlackEvent[]> {
  const presented = await present(message, context);
  const { files, threadId, alsoInChannel, mentions, authorId } = message;
  const event = {
    ...(files.length > 0 && { subtype: "file_share" }),
    ...(threadId !== null && alsoInChannel && { subtype: "thread_broadcast" }),
    ...presented,
    ...channelOf(context),
    event_ts: eventTs,
  };
  const { subtype: _, ...withoutSubtype } = event as SlackEvent;
  const isMentioned = authorId !== context.botUserId && mentions.includes(context.botUserId);
  return [
    event,
    ...(isMentioned && context.channel.type !== "direct"
      ? [{ ...withoutSubtype, type: "app_mention", event_ts: eventTs }]
      : []),
    ...files.map(({ id, uploaderId }) => ({
      type: "file_shared",
      file_id: slackFileId(id),
      file: { id: slackFileId(id) },
      user_id: slackUserId(uploaderId),
      channel_id: slackChannelId(context.channel),
      event_ts: eventTs,
    })),
  ];
}

async function translateEdit(message: Message, eventTs: string, context: EventContext): Promise<SlackEvent> {
  const presented = await present(message, context);
  return {
    type: "message",
    subtype: "message_changed",
    hidden: true,
    ...channelOf(context),
    message: presented,
    // The text before the edit is not part of the event.
    previous_message: {
      type: "message",
      user: presented.user,
      ts: presented.ts,
      team: context.teamId,
      text: "",
    },
    ts: eventTs,
    event_ts: eventTs,
  };
}

const translateDeletion = (message: Message, eventTs: string, context: EventContext): SlackEvent => ({
  type: "message",
  subtype: "message_deleted",
  hidden: true,
  ...channelOf(context),
  deleted_ts: slackTs(message),
  previous_message: { type: "message", user: slackUserId(message.authorId), ts: slackTs(message), text: "" },
  ts: eventTs,
  event_ts: eventTs,
});

async function translateReaction(
  type: string,
  { messageId, emoji, userId }: { messageId: string; emoji: string; userId: string },
  eventTs: string,
  context: EventContext,
): Promise<SlackEvent[]> {
  const found = await context.findRoot(messageId);
  if (!found) return [];
  const item = { type: "message", channel: slackChannelId(context.channel), ts: found.ts };
  return [
    {
      type,
      user: slackUserId(userId),
      reaction: await nameOfEmoji(emoji),
      item_user: slackUserId(found.authorId),
      item,
      event_ts: eventTs,
    },
  ];
}

async function translatePin(
  type: string,
  { messageId, userId }: { messageId: string; userId: string },
  eventTs: string,
  context: EventContext,
): Promise<SlackEvent[]> {
  const message = await context.findMessage(messageId);
  if (!message) return [];
  const channel = slackChannelId(context.channel);
  const created = Math.floor(Number(eventTs));
  return [
    {
      type,
      user: slackUserId(userId),
      channel_id: channel,
      item: {
        type: "message",
        channel,
        created,
        created_by: slackUserId(userId),
        message: await present(message, context),
      },
      has_pins: true,
      event_ts: eventTs,
    },
  ];
}

function translateMember(
  { type, data }: Extract<EventEnvelope, { type: "memberJoin" | "memberLeave" }>,
  eventTs: string,
  context: EventContext,
): SlackEvent {
  const { channel } = context;
  return {
    type: type === "memberJoin" ? "member_joined_channel" : "member_left_channel",
    user: slackUserId(data.member.userId),
    channel: slackChannelId(channel),
    channel_type: slackChannelId(channel).charAt(0),
    team: context.teamId,
    event_ts: eventTs,
  };
}

function translateChannel(
  {
    type,
    data: { channel },
  }: Extract<EventEnvelope, { type: "channelCreate" | "channelUpdate" | "channelDelete" }>,
  eventTs: string,
  context: EventContext,
): SlackEvent[] {
  const { channel: before, botUserId, teamId } = context;
  const id = slackChannelId(channel);
  const user = slackUserId(channel.createdBy);
  const presented = presentChannel(channel, { viewerId: botUserId, teamId });
  if (type === "channelCreate")
    return isNamed(channel.type) ? [{ type: "channel_created", channel: presented, event_ts: eventTs }] : [];
  if (type === "channelDelete") return [{ type: "channel_archive", channel: id, user, event_ts: eventTs }];
  const events: SlackEvent[] = [];
  if (before.archivedAt !== null && channel.archivedAt === null)
    events.push({ type: "channel_unarchive", channel: id, user, event_ts: eventTs });
  if (before.name !== channel.name)
    events.push({
      type: "channel_rename",
      channel: { id, name: encodedName(channel) ?? "", created: presented.created },
      event_ts: eventTs,
    });
  for (const [subtype, text, isChanged] of [
    ["channel_topic", encodeEntities(channel.topic), before.topic !== channel.topic],
    ["channel_purpose", encodeEntities(channel.description), before.description !== channel.description],
  ] as const)
    if (isChanged)
      events.push({
        type: "message",
        subtype,
        ...channelOf(context),
        text,
        [subtype === "channel_topic" ? "topic" : "purpose"]: text,
        ts: eventTs,
        event_ts: eventTs,
      });
  return events;
}
