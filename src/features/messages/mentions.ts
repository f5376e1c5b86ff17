import type { RoomState } from "../../domain/room-state.ts";
import type { GroupsByHandle, MentionableGroup } from "../../domain/user-groups.ts";
import { type Entity, limits, type Message } from "../../protocol/index.ts";
import { findAddresses, isInMail, isInPath } from "../../text/addresses.ts";
import { blankCode } from "../../text/code.ts";
import { mention } from "../../text/mention-grammar.ts";
import { parseMarkup } from "../../text/markup.ts";
import { isEscaped } from "../../text/ranges.ts";
import { entitiesOf, type LocatedMention } from "./entities.ts";

const groups = ["channel", "here"] as const;
type Group = (typeof groups)[number];

/** The mentions in a text, before they are resolved to members. */
export interface ParsedMentions {
  /**
   * Candidate usernames in lower case, in order, without duplicates. A candidate includes trailing characters that a username can contain,
   * such as the full stop of a sentence.
   */
  names: string[];
  groups: Group[];
}

/** An `@name` in a text, before it is resolved to a member. */
interface MentionCandidate {
  /** The position of the `@`, in UTF-16 units. */
  at: number;
  /** The name in lower case, with trailing characters that a username can contain. */
  name: string;
}

/** Finds the `@names` in a text of which code and addresses are blank. */
function findCandidates(blanked: string): MentionCandidate[] {
  if (!blanked.includes("@")) return [];
  return [...blanked.matchAll(mention)].flatMap(({ 0: whole, 1: word = "", index }) =>
    isEscaped(blanked, index) ||
    isInPath(blanked, index, index + whole.length) ||
    isInMail(blanked, index, word)
      ? []
      : [{ at: index, name: word.toLowerCase() }],
  );
}

/**
 * Finds the mentions in a text, outside of addresses and of code (`findCode`). `mention-grammar.ts` defines which characters may surround a
 * mention. Takes linear time for any text.
 */
export const parseMentions = (content: string): ParsedMentions =>
  content.includes("@") ? toParsed(findCandidates(findAddresses(blankCode(content)).blanked)) : noMentions;

const noMentions: ParsedMentions = { names: [], groups: [] };

const groupOf = (name: string): Group | undefined => {
  const word = name.replace(/[._-]+$/, "");
  return groups.find((group) => group === word);
};

function toParsed(candidates: readonly MentionCandidate[]): ParsedMentions {
  const parsed: ParsedMentions = { names: [], groups: [] };
  for (const word of new Set(candidates.map(({ name }) => name))) {
    const group = groupOf(word);
    if (!group) parsed.names.push(word);
    else if (!parsed.groups.includes(group)) parsed.groups.push(group);
  }
  return parsed;
}

/** The mentions in a text, resolved to members of the channel. */
export interface ResolvedMentions {
  /** The ids of the mentioned members, in order. */
  mentions: string[];
  /** The subset mentioned by username, not only by a group. */
  mentionedByName: string[];
  /** Names of no active member, and groups that are too large. They notify no one. */
  notNotified: string[];
  /** Whether a group is mentioned whose members are notified. */
  notifiesGroup: boolean;
  /** What the ranges of the text are, mentions among them. */
  entities: Entity[];
}

/** The maximum length of `notNotified`, and of names that are looked up outside the room. */
const maxReportedNames = 20;
/** The lengths of handles of user groups. */
const handleLength = { min: 2, max: 32 };

/**
 * Returns the mentioned names that no member of the channel has, in lower case: user groups may have them. Empty for almost every text, which
 * then depends on the room alone.
 */
export function namesOutsideRoom(room: RoomState, content: string): string[] {
  const { names } = parseMentions(content);
  if (names.length === 0) return [];
  return [...findNames(room, names, undefined).unknown]
    .filter((name) => name.length >= handleLength.min && name.length <= handleLength.max)
    .slice(0, maxReportedNames);
}

/**
 * Resolves the mentions in a text to members of the channel, and makes the entities of the text.
 *
 * @param before the message that the text replaces. A group that it already mentioned keeps the members that it had then.
 * @param userGroups the groups among `namesOutsideRoom`; undefined if they are not known
 */
export function resolveMentions(
  room: RoomState,
  authorId: string,
  content: string,
  before?: Message,
  userGroups?: GroupsByHandle,
): ResolvedMentions {
  const markup = parseMarkup(content);
  const candidates = markup ? findCandidates(markup.blanked) : [];
  const parsed = toParsed(candidates);
  const { found, unknown } = findNames(room, parsed.names, userGroups);
  const mentionedByName = new Set(userIdsIn(found));
  const mentioned = new Set(mentionedByName);
  const notNotified = new Set(unknown);
  const earlier = before ? parseMentions(before.content) : undefined;
  const notified = new Set<string>();
  const notify = (group: string, members: readonly string[] | undefined): void => {
    if (members) notified.add(group);
    else notNotified.add(group);
    for (const userId of members ?? []) if (userId !== authorId) mentioned.add(userId);
  };
  for (const group of parsed.groups) {
    const members = earlier?.groups.includes(group)
      ? mentionedOnlyByGroup(room, before?.mentions ?? [], earlier.names)
      : membersOfGroup(room, group);
    notify(group, members);
  }
  const present = userGroupsIn(room, found);
  const earlierGroups = earlier && groupsIn(findNames(room, earlier.names, userGroups).found);
  for (const [handle, members] of present)
    notify(
      handle,
      before && earlierGroups?.has(handle)
        ? members?.filter((userId) => before.mentions.includes(userId))
        : members,
    );
  // D1 did not answer, so the names may be of groups: who was mentioned stays so.
  if (before && earlier && !userGroups && unknown.size > 0)
    for (const userId of mentionedOnlyByGroup(room, before.mentions, earlier.names)) mentioned.add(userId);
  return {
    mentions: [...mentioned],
    mentionedByName: [...mentionedByName],
    notNotified: [...notNotified].filter((name) => name !== "").slice(0, maxReportedNames),
    notifiesGroup: !before && notified.size > 0,
    entities: entitiesOf(content, markup, locate(candidates, found, notified)),
  };
}

/** Returns the candidates that mention a member or a group, with their positions. */
function locate(
  candidates: readonly MentionCandidate[],
  found: Map<string, FoundName>,
  notified: Set<string>,
): LocatedMention[] {
  return candidates.flatMap(({ at, name }): LocatedMention[] => {
    const group = groupOf(name);
    if (group) return notified.has(group) ? [{ from: at, to: at + 1 + group.length, target: { group } }] : [];
    const it = found.get(name);
    if (!it) return [];
    const range = { from: at, to: at + 1 + it.name.length };
    if ("userId" in it) return [{ ...range, target: { userId: it.userId } }];
    const target = { group: it.name, groupId: it.group.groupId };
    return notified.has(it.name) ? [{ ...range, target }] : [];
  });
}

/** A member or a user group that a candidate mentions, and its username or handle. */
type FoundName = { name: string } & ({ userId: string } | { group: MentionableGroup });

/**
 * Looks up members and user groups by name, with at most `limits.mentionedAtOnce` queries in all. `found` has the candidates that mention
 * one.
 */
function findNames(
  room: RoomState,
  names: string[],
  userGroups: GroupsByHandle | undefined,
): { found: Map<string, FoundName>; unknown: Set<string> } {
  const found = new Map<string, FoundName>();
  const unknown = new Set<string>();
  let lookUps: number = limits.mentionedAtOnce;
  const find = (name: string): FoundName | undefined => {
    const userId = name.length <= 32 && lookUps-- > 0 ? room.memberByUsername(name)?.userId : undefined;
    if (userId) return { name, userId };
    const group = userGroups?.get(name);
    return group && { name, group };
  };
  for (const name of names) {
    // The candidate may end with punctuation of the sentence, so the longest prefix that is a member's name counts.
    let candidate = name;
    let it = find(candidate);
    while (!it && /.[._-]$/.test(candidate)) it = find((candidate = candidate.slice(0, -1)));
    if (it) found.set(name, it);
    else unknown.add(name.replace(/[._-]+$/, ""));
  }
  return { found, unknown };
}

const userIdsIn = (found: Map<string, FoundName>): string[] =>
  [...found.values()].flatMap((it) => ("userId" in it ? it.userId : []));

const groupsIn = (found: Map<string, FoundName>): Map<string, MentionableGroup> =>
  new Map([...found.values()].flatMap((it) => ("group" in it ? [[it.name, it.group]] : [])));

/**
 * Returns the members of the mentioned user groups who are active members of the channel, by handle; undefined for a group that has none, or
 * beyond `limits.mentionedAtOnce` members of all groups.
 */
function userGroupsIn(room: RoomState, found: Map<string, FoundName>): Map<string, string[] | undefined> {
  let lookUps: number = limits.mentionedAtOnce;
  return new Map(
    [...groupsIn(found)].map(([handle, { userIds }]) => {
      lookUps -= userIds.length;
      const members = lookUps < 0 ? [] : userIds.filter((userId) => room.member(userId) !== undefined);
      return [handle, members.length > 0 ? members : undefined];
    }),
  );
}

/** Returns the members of earlier `mentions` who were mentioned by a group only, not by one of `names`. */
function mentionedOnlyByGroup(room: RoomState, mentions: string[], names: string[]): string[] {
  const byName = new Set(userIdsIn(findNames(room, names, undefined).found));
  return mentions.filter((userId) => !byName.has(userId));
}

/** Returns the active members that a group mention notifies; undefined if there are more than `limits.mentionedAtOnce`. */
function membersOfGroup(room: RoomState, group: Group): string[] | undefined {
  const members = group === "here" ? room.presentIds() : room.memberIds(limits.mentionedAtOnce + 1);
  return members.length > limits.mentionedAtOnce ? undefined : members;
}
