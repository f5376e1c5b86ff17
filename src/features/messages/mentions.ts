import type { RoomState } from "../../domain/room-state.ts";
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

/** The maximum length of `notNotified`. */
const maxReportedNames = 20;

/**
 * Resolves the mentions in a text to members of the channel, and makes the entities of the text.
 *
 * @param before the message that the text replaces. A group that it already mentioned keeps the members that it had then.
 */
export function resolveMentions(
  room: RoomState,
  authorId: string,
  content: string,
  before?: Message,
): ResolvedMentions {
  const markup = parseMarkup(content);
  const candidates = markup ? findCandidates(markup.blanked) : [];
  const parsed = toParsed(candidates);
  const { found, unknown } = findMembersByName(room, parsed.names);
  const mentionedByName = new Set([...found.values()].map(({ userId }) => userId));
  const mentioned = new Set(mentionedByName);
  const notNotified = new Set(unknown);
  const earlier = before ? parseMentions(before.content) : undefined;
  const notified = new Set<Group>();
  for (const group of parsed.groups) {
    const members = earlier?.groups.includes(group)
      ? mentionedOnlyByGroup(room, before?.mentions ?? [], earlier.names)
      : membersOfGroup(room, group);
    if (members) notified.add(group);
    else notNotified.add(group);
    for (const userId of members ?? []) if (userId !== authorId) mentioned.add(userId);
  }
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
  found: Map<string, FoundMember>,
  notified: Set<Group>,
): LocatedMention[] {
  return candidates.flatMap(({ at, name }): LocatedMention[] => {
    const group = groupOf(name);
    if (group) return notified.has(group) ? [{ from: at, to: at + 1 + group.length, target: { group } }] : [];
    const member = found.get(name);
    return member ? [{ from: at, to: at + 1 + member.length, target: { userId: member.userId } }] : [];
  });
}

interface FoundMember {
  userId: string;
  /** The length of the username. */
  length: number;
}

/** Looks up members by name, with at most `limits.mentionedAtOnce` queries in all. `found` has the candidates that mention a member. */
function findMembersByName(
  room: RoomState,
  names: string[],
): { found: Map<string, FoundMember>; unknown: Set<string> } {
  const found = new Map<string, FoundMember>();
  const unknown = new Set<string>();
  let lookUps: number = limits.mentionedAtOnce;
  const findMemberId = (name: string): string | undefined =>
    name.length <= 32 && lookUps-- > 0 ? room.memberByUsername(name)?.userId : undefined;
  for (const name of names) {
    // The candidate may end with punctuation of the sentence, so the longest prefix that is a member's name counts.
    let candidate = name;
    let userId = findMemberId(candidate);
    while (!userId && /.[._-]$/.test(candidate)) userId = findMemberId((candidate = candidate.slice(0, -1)));
    if (userId) found.set(name, { userId, length: candidate.length });
    else unknown.add(name.replace(/[._-]+$/, ""));
  }
  return { found, unknown };
}

/** Returns the members of earlier `mentions` who were mentioned by a group only, not by one of `names`. */
function mentionedOnlyByGroup(room: RoomState, mentions: string[], names: string[]): string[] {
  const { found } = findMembersByName(room, names);
  const byName = new Set([...found.values()].map(({ userId }) => userId));
  return mentions.filter((userId) => !byName.has(userId));
}

/** Returns the active members that a group mention notifies; undefined if there are more than `limits.mentionedAtOnce`. */
function membersOfGroup(room: RoomState, group: Group): string[] | undefined {
  const members = group === "here" ? room.presentIds() : room.memberIds(limits.mentionedAtOnce + 1);
  return members.length > limits.mentionedAtOnce ? undefined : members;
}
