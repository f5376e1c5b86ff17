import type { CreateEventSubscriptionBody } from "../../../../src/client/index.ts";
import type { Choice } from "../forms/choice-group.tsx";

/** A type of channel event that a subscription can be sent. */
export type EventType = CreateEventSubscriptionBody["events"][number];

/** What each type of event reports. */
const labels: Record<EventType, string> = {
  messageCreate: "Message sent",
  messageUpdate: "Message edited",
  messageDelete: "Message deleted",
  threadCreate: "Reply sent",
  threadUpdate: "Reply edited",
  threadDelete: "Reply deleted",
  reactionAdd: "Reaction added",
  reactionRemove: "Reaction removed",
  messagePin: "Message pinned",
  messageUnpin: "Message unpinned",
  channelCreate: "Channel created",
  channelUpdate: "Channel changed",
  channelDelete: "Channel archived",
  memberJoin: "Member joined",
  memberLeave: "Member left",
  memberUpdate: "Member’s role changed",
  memberMute: "Member muted",
  memberUnmute: "Mute ended",
};

/** All types of events, as the choices of a form. */
export const eventChoices: readonly Choice<EventType>[] = Object.entries(labels).map(([value, label]) => ({
  value: value as EventType,
  label,
}));

/** Returns what a type of event reports; the type itself for one of a newer server. */
export const eventLabel = (type: string): string =>
  Object.hasOwn(labels, type) ? labels[type as EventType] : type;
