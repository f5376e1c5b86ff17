import type { UserNotice, UserEvent } from "../../domain/notice.ts";
import type { ProjectionData } from "../../domain/room-state.ts";
import { isoTime } from "../../lib/time.ts";
import type { LogRow } from "../../durable/event-log.ts";
import type { EventData, EventType, Message, NotificationKind } from "../../protocol/index.ts";
import type { NoticeDelivery } from "./notification-outbox.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** How an event concerns a user. */
interface Concern {
  /** Why they are notified; null when they are not. */
  kind: NotificationKind | null;
  /** The event for their own log. */
  own?: UserEvent;
  /** Which notification of the message is withdrawn. */
  gone?: UserNotice["gone"];
}

/** The users that an event concerns, and the message that it is about. */
interface Recipients {
  users: Map<string, Concern>;
  about?: Pick<UserNotice, "messageId" | "threadId" | "place" | "inChannel">;
}

/**
 * Returns one notice for each user that an event concerns. Users are not notified of what they did themselves, but receive the events of
 * their own log in any case.
 */
export function noticesFor(room: StoredRoomState, row: LogRow): NoticeDelivery[] {
  const { users, about } = recipientsOf(room, row);
  return [...users].flatMap(([userId, { kind, own, gone }]): NoticeDelivery[] => {
    const isNotified = kind !== null && userId !== row.actorId && isNotifiable(room, userId);
    if (!isNotified && !own && !gone) return [];
    const notice: UserNotice = {
      kind: isNotified ? kind : null,
      ...(own && { own }),
      ...(gone && { gone }),
      channelSeq: row.seq,
      messageId: null,
      threadId: null,
      ...about,
      actorId: row.actorId,
      createdAt: isoTime(row.at),
    };
    return [{ userId, notice }];
  });
}

/**
 * Whether these events certainly concern no user, as most messages do not. Cheap: it parses nothing, and reads at most one row.
 */
export const notifyNoOne = (
  room: StoredRoomState,
  events: readonly Pick<LogRow, "type" | "data">[],
): boolean => events.every(isPlainMessage) && room.reads.userIdsWithLevelAll().length === 0;

/** Whether an event is a new message outside threads that mentions no one. */
const isPlainMessage = ({ type, data }: Pick<LogRow, "type" | "data">): boolean =>
  // The search in the JSON text finds the field alone, because quotes within the content are escaped.
  type === "messageCreate" && data.includes('"mentions":[]');

/** Which users an event concerns. An event without an entry does not compile. */
const recipientsByType: Record<EventType, ((room: StoredRoomState, row: LogRow) => Recipients) | undefined> =
  {
    channelCreate: membershipRecipients,
    channelUpdate: undefined,
    channelDelete: undefined,
    memberJoin: membershipRecipients,
    memberLeave: membershipRecipients,
    memberUpdate: undefined,
    memberMute: undefined,
    memberUnmute: undefined,
    messageCreate: messageRecipients,
    messageUpdate: editRecipients,
    messageDelete: deletionRecipients,
    messagePin: undefined,
    messageUnpin: undefined,
    reactionAdd: undefined,
    reactionRemove: undefined,
    threadCreate: messageRecipients,
    threadUpdate: editRecipients,
    threadDelete: deletionRecipients,
  };

/** An event of a later release, which this one does not know, concerns no one. */
const recipientsOf = (room: StoredRoomState, row: LogRow): Recipients =>
  recipientsByType[row.type as EventType]?.(room, row) ?? { users: new Map() };

/** The users to whose own log the event belongs: the creator of a channel, all members of a direct message, or the user who joined or left. */
function membershipRecipients(room: StoredRoomState, row: LogRow): Recipients {
  if (row.type === "channelCreate") {
    const data = JSON.parse(row.data) as EventData<"channelCreate">;
    const { createdBy, memberIds = [createdBy] } = data.channel;
    const own: UserEvent = { type: "channelCreate", data };
    return { users: new Map(memberIds.map((userId) => [userId, { kind: null, own }])) };
  }
  const type = row.type as "memberJoin" | "memberLeave";
  const { member } = JSON.parse(row.data) as EventData<"memberJoin">;
  const own: UserEvent = { type, data: { channelId: room.channel.id, member } };
  const kind = type === "memberJoin" && room.channel.name !== null ? "invitation" : null;
  return { users: new Map([[member.userId, { kind, own }]]) };
}

/**
 * The users that a new message concerns, each for the first reason that applies: they are mentioned, they follow the thread, they are in the
 * direct message, or they chose to be notified of every message.
 */
function messageRecipients(room: StoredRoomState, { type, seq, data }: LogRow): Recipients {
  const users = new Map<string, Concern>();
  const addFor = (kind: NotificationKind, userIds: readonly string[]): void => {
    for (const userId of userIds) if (!users.has(userId)) users.set(userId, { kind });
  };
  const notifiedOfAll = room.reads.userIdsWithLevelAll();
  if (notifiedOfAll.length === 0 && isPlainMessage({ type, data })) return { users };
  const { message } = JSON.parse(data) as EventData<"messageCreate">;
  const { threadId, mentions, alsoInChannel } = message;
  // The message was deleted before its event was expanded.
  if (room.messages.find(message.id)?.message.deletedAt !== null) return { users };
  addFor("mention", mentions);
  if (threadId !== null) addFor("thread", room.threads.followerIdsBefore(threadId, seq));
  const isDirect = room.channel.name === null;
  if (threadId === null || alsoInChannel || isDirect) addFor(isDirect ? "direct" : "message", notifiedOfAll);
  return { users, about: aboutMessage(message) };
}

const aboutMessage = (message: Message): Recipients["about"] => ({
  messageId: message.id,
  threadId: message.threadId,
  place: message.seq,
  inChannel: message.threadId === null || message.alsoInChannel === true,
});

const projectionDataOf = ({ projectionData }: LogRow): ProjectionData =>
  projectionData === null ? {} : (JSON.parse(projectionData) as ProjectionData);

/** The users that an edit concerns: newly mentioned users are notified, and users who are no longer mentioned lose the notification. */
function editRecipients(_room: StoredRoomState, row: LogRow): Recipients {
  const { newlyMentioned = [], noLongerMentioned = [] } = projectionDataOf(row);
  const users = new Map<string, Concern>([
    ...newlyMentioned.map((userId) => [userId, { kind: "mention" }] as const),
    ...noLongerMentioned.map((userId) => [userId, { kind: null, gone: "mention" }] as const),
  ]);
  if (users.size === 0) return { users };
  const { message } = JSON.parse(row.data) as EventData<"messageUpdate">;
  return { users, about: aboutMessage(message) };
}

/** The users who may have been notified of the deleted message, and lose the notification. */
function deletionRecipients(room: StoredRoomState, row: LogRow): Recipients {
  const { message } = JSON.parse(row.data) as EventData<"messageDelete">;
  const { threadId, seq } = message;
  const { noLongerMentioned = [] } = projectionDataOf(row);
  const users = new Map<string, Concern>();
  for (const userId of [
    ...noLongerMentioned,
    ...room.reads.userIdsWithLevelAll(),
    ...(threadId === null ? [] : room.threads.followerIdsBefore(threadId, seq)),
  ])
    if (userId !== message.authorId) users.set(userId, { kind: null, gone: "message" });
  return { users, about: aboutMessage(message) };
}

/** Whether the user is a member and has not turned notifications off. */
const isNotifiable = (room: StoredRoomState, userId: string): boolean =>
  room.member(userId) !== undefined && room.readState(userId).level !== "none";
