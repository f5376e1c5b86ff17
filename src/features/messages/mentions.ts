import type { RoomState } from "../../domain/room-state.ts";
import { limits, type Message } from "../../protocol/index.ts";
import { isInMail, isInPath, withoutAddresses } from "../../text/addresses.ts";
import { mention } from "../../text/mention-grammar.ts";

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

/**
 * A line with a code fence (CommonMark 4.5): quote markers, a list bullet, the fence, the rest. With the flag `s`, since otherwise the dot
 * would stop at Unicode line separators, and matching would not be linear.
 */
const fence = /^([ \t>]*)([-*+][ \t]+)?(`{3,}|~{3,})(.*)$/s;
const listItem = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]/;

/**
 * Finds the mentions in a text, outside of addresses and of code: fenced blocks and code spans (CommonMark 4.5 and 6.1). Indented code
 * blocks are not recognized, since users indent pasted text. `mention-grammar.ts` defines which characters may surround a mention. Takes
 * linear time for any text.
 */
export function parseMentions(content: string): ParsedMentions {
  if (!content.includes("@")) return { names: [], groups: [] };
  const words = new Set<string>();
  const text = withoutAddresses(withoutCode(content));
  for (const { 0: whole, 1: word = "", index } of text.matchAll(mention)) {
    const isMention =
      !isEscaped(text, index) && !isInPath(text, index, index + whole.length) && !isInMail(text, index, word);
    if (isMention) words.add(word.toLowerCase());
  }
  const parsed: ParsedMentions = { names: [], groups: [] };
  for (const word of words) {
    const group = groups.find((name) => name === word.replace(/[._-]+$/, ""));
    if (!group) parsed.names.push(word);
    else if (!parsed.groups.includes(group)) parsed.groups.push(group);
  }
  return parsed;
}

interface Fence {
  mark: string;
  length: number;
  /** The depth of block quotes around the fence. The code block ends with its quote. */
  depth: number;
  indent: number;
}

/** Removes code blocks, and replaces each code span by a blank. */
function withoutCode(content: string): string {
  const kept: string[] = [];
  let paragraph: string[] = [];
  let paragraphDepth = 0;
  let open: Fence | undefined;
  const endParagraph = (): void => {
    if (paragraph.length > 0) kept.push(withoutSpans(paragraph.join("\n")));
    paragraph = [];
  };
  for (const line of content.split(/\r\n?|\n/)) {
    const [, lead = "", bullet = "", marks = "", rest = ""] = fence.exec(line) ?? [];
    const mark = marks.charAt(0);
    const depth = quoteDepth(line);
    const indent = lead.length + bullet.length;
    if (open && depth < open.depth) open = undefined;
    if (open) {
      const mayClose = depth === open.depth && bullet === "" && indent <= open.indent + 3;
      if (mayClose && mark === open.mark && marks.length >= open.length && rest.trim() === "")
        open = undefined;
    } else if (marks !== "" && !(mark === "`" && rest.includes("`"))) {
      endParagraph();
      open = { mark, length: marks.length, depth, indent };
    } else if (line.trim() === "") {
      endParagraph();
    } else {
      if (depth > paragraphDepth || listItem.test(line)) endParagraph();
      if (paragraph.length === 0) paragraphDepth = depth;
      paragraph.push(line);
    }
  }
  endParagraph();
  return kept.join("\n");
}

function quoteDepth(line: string): number {
  let depth = 0;
  for (const character of line) {
    if (character === ">") depth++;
    else if (character !== " " && character !== "\t") break;
  }
  return depth;
}

/** Replaces code spans by blanks. A span starts with a run of backticks and ends with the next run of the same length, if there is one. */
function withoutSpans(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(({ index, 0: run }) => ({ at: index, length: run.length }));
  if (runs.length === 0) return text;
  const later = new Map<number, number[]>();
  for (const { at, length } of runs.toReversed()) {
    const positions = later.get(length);
    if (positions) positions.push(at);
    else later.set(length, [at]);
  }
  let result = "";
  let from = 0;
  for (const { at, length } of runs) {
    if (at < from) continue;
    const escaped = isEscaped(text, at);
    const width = escaped ? length - 1 : length;
    const ends = later.get(width) ?? [];
    while ((ends.at(-1) ?? Infinity) <= at) ends.pop();
    const end = width > 0 ? ends.at(-1) : undefined;
    if (end === undefined) continue;
    result += `${text.slice(from, at)} `;
    from = end + width;
  }
  return result + text.slice(from);
}

/** Whether an odd number of backslashes precedes the position. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
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
}

/** The maximum length of `notNotified`. */
const maxReportedNames = 20;

/**
 * Resolves the mentions in a text to members of the channel.
 *
 * @param before the message that the text replaces. A group that it already mentioned keeps the members that it had then.
 */
export function resolveMentions(
  room: RoomState,
  authorId: string,
  content: string,
  before?: Message,
): ResolvedMentions {
  const parsed = parseMentions(content);
  const { found, unknown } = findMembersByName(room, parsed.names);
  const mentioned = new Set(found);
  const notNotified = new Set(unknown);
  const earlier = before ? parseMentions(before.content) : undefined;
  let notifiesGroup = false;
  for (const group of parsed.groups) {
    const members = earlier?.groups.includes(group)
      ? mentionedOnlyByGroup(room, before?.mentions ?? [], earlier.names)
      : membersOfGroup(room, group);
    if (!members) notNotified.add(group);
    else if (!before) notifiesGroup = true;
    for (const userId of members ?? []) if (userId !== authorId) mentioned.add(userId);
  }
  return {
    mentions: [...mentioned],
    mentionedByName: [...found],
    notNotified: [...notNotified].filter((name) => name !== "").slice(0, maxReportedNames),
    notifiesGroup,
  };
}

/** Looks up members by name, with at most `limits.mentionedAtOnce` queries in all. */
function findMembersByName(room: RoomState, names: string[]): { found: Set<string>; unknown: Set<string> } {
  const [found, unknown] = [new Set<string>(), new Set<string>()];
  let lookUps: number = limits.mentionedAtOnce;
  const findMemberId = (name: string): string | undefined =>
    name.length <= 32 && lookUps-- > 0 ? room.memberByUsername(name)?.userId : undefined;
  for (const name of names) {
    // The candidate may end with punctuation of the sentence, so the longest prefix that is a member's name counts.
    let candidate = name;
    let member = findMemberId(candidate);
    while (!member && /.[._-]$/.test(candidate)) member = findMemberId((candidate = candidate.slice(0, -1)));
    if (member) found.add(member);
    else unknown.add(name.replace(/[._-]+$/, ""));
  }
  return { found, unknown };
}

/** Returns the members of earlier `mentions` who were mentioned by a group only, not by one of `names`. */
function mentionedOnlyByGroup(room: RoomState, mentions: string[], names: string[]): string[] {
  const { found } = findMembersByName(room, names);
  return mentions.filter((userId) => !found.has(userId));
}

/** Returns the active members that a group mention notifies; undefined if there are more than `limits.mentionedAtOnce`. */
function membersOfGroup(room: RoomState, group: Group): string[] | undefined {
  const members = group === "here" ? room.presentIds() : room.memberIds(limits.mentionedAtOnce + 1);
  return members.length > limits.mentionedAtOnce ? undefined : members;
}
