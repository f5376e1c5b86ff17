import type { UserNotice, UserEvent } from "../../domain/notice.ts";
import type { ProjectionData } from "../../domain/room-state.ts";
import { isoTime } from "../../lib/time.ts";
import type { LogRow } from "../../durable/event-log.ts";
import type { EventData, EventType, Message, NotificationKind } from "../../protocol/index.ts";
import type { NoticeDelivery } from "./notification-outbox.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** What concerns a user in an event: why they are notified, if they are, and what is their own of it. */
interface Concern {
  kind: NotificationKind | null;
  own?: UserEvent;
  gone?: UserNotice["gone"];
}

/** Whom an event concerns, and the message that it is about. */
interface Concerned {
  users: Map<string, Concern>;
  about?: Pick<UserNotice, "messageId" | "threadId" | "place" | "inChannel">;
}

/** One notice a user and event: what they are to be notified of, and what is theirs whoever did it. */
export function noticesFor(room: StoredRoomState, row: LogRow): NoticeDelivery[] {
  const { users, about } = concernedBy(room, row);
  return [...users].flatMap(([userId, { kind, own, gone }]): NoticeDelivery[] => {
    const notified = kind !== null && userId !== row.actorId && wants(room, userId);
    if (!notified && !own && !gone) return [];
    const notice: UserNotice = {
      kind: notified ? kind : null,
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

function concernedBy(room: StoredRoomState, row: LogRow): Concerned {
  switch (row.type as EventType) {
    case "channelCreate":
    case "memberJoin":
    case "memberLeave":
      return { users: ownersOf(room, row) };
    case "messageCreate":
    case "threadCreate":
      return calledBy(room, row);
    case "messageUpdate":
    case "threadUpdate":
      return changedBy(row);
    case "messageDelete":
    case "threadDelete":
      return deletedBy(room, row);
    default:
      return { users: new Map() };
  }
}

/** Whose own event it is: a channel is its maker's, a direct message everybody's in it; coming and going is one's own. */
function ownersOf(room: StoredRoomState, row: LogRow): Map<string, Concern> {
  if (row.type === "channelCreate") {
    const data = JSON.parse(row.data) as EventData<"channelCreate">;
    const { createdBy, memberIds = [createdBy] } = data.channel;
    const own: UserEvent = { type: "channelCreate", data };
    return new Map(memberIds.map((userId) => [userId, { kind: null, own }]));
  }
  const type = row.type as "memberJoin" | "memberLeave";
  const { member } = JSON.parse(row.data) as EventData<"memberJoin">;
  const own: UserEvent = { type, data: { channelId: room.channel.id, member } };
  const kind = type === "memberJoin" && room.channel.name !== null ? "invitation" : null;
  return new Map([[member.userId, { kind, own }]]);
}

/** Who is mentioned, who follows the thread, who is in a direct message or asked for everything: for the nearest reason. */
function calledBy(room: StoredRoomState, { type, seq, data }: LogRow): Concerned {
  const users = new Map<string, Concern>();
  const because = (kind: NotificationKind, userIds: readonly string[]): void => {
    for (const userId of userIds) if (!users.has(userId)) users.set(userId, { kind });
  };
  const all = room.reads.userIdsWithLevelAll();
  // Most messages concern nobody in particular; what is quoted in a text bears backslashes, so this is the field itself.
  if (type === "messageCreate" && all.length === 0 && data.includes('"mentions":[]')) return { users };
  const { message } = JSON.parse(data) as EventData<"messageCreate">;
  const { threadId, mentions, alsoInChannel } = message;
  // Nobody is notified of what is deleted already.
  if (room.messages.find(message.id)?.message.deletedAt !== null) return { users };
  because("mention", mentions);
  if (threadId !== null) because("thread", room.threads.followerIdsBefore(threadId, seq));
  const isDirect = room.channel.name === null;
  if (threadId === null || alsoInChannel || isDirect) because(isDirect ? "direct" : "message", all);
  return { users, about: placeOf(message) };
}

const placeOf = (message: Message): Concerned["about"] => ({
  messageId: message.id,
  threadId: message.threadId,
  place: message.seq,
  inChannel: message.threadId === null || message.alsoInChannel === true,
});

const sinkDataOf = ({ projectionData }: LogRow): ProjectionData =>
  projectionData === null ? {} : (JSON.parse(projectionData) as ProjectionData);

/** An edit notifies only those whom it newly mentions by name; who is mentioned no longer loses the notification. */
function changedBy(row: LogRow): Concerned {
  const { newlyMentioned = [], noLongerMentioned = [] } = sinkDataOf(row);
  const users = new Map<string, Concern>([
    ...newlyMentioned.map((userId) => [userId, { kind: "mention" }] as const),
    ...noLongerMentioned.map((userId) => [userId, { kind: null, gone: "mention" }] as const),
  ]);
  if (users.size === 0) return { users };
  const { message } = JSON.parse(row.data) as EventData<"messageUpdate">;
  return { users, about: placeOf(message) };
}

/** Whoever may have been notified of a message loses the notification when it is deleted. */
function deletedBy(room: StoredRoomState, row: LogRow): Concerned {
  const { message } = JSON.parse(row.data) as EventData<"messageDelete">;
  const { threadId, seq } = message;
  const { noLongerMentioned = [] } = sinkDataOf(row);
  const users = new Map<string, Concern>();
  for (const userId of [
    ...noLongerMentioned,
    ...room.reads.userIdsWithLevelAll(),
    ...(threadId === null ? [] : room.threads.followerIdsBefore(threadId, seq)),
  ])
    if (userId !== message.authorId) users.set(userId, { kind: null, gone: "message" });
  return { users, about: placeOf(message) };
}

/** None to who is no member, or asked for nothing. */
const wants = (room: StoredRoomState, userId: string): boolean =>
  room.member(userId) !== undefined && room.readState(userId).level !== "none";
