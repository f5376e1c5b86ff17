import type { RoomState } from "../../domain/room-state.ts";
import { limits, type Message } from "../../protocol/index.ts";
import { isInMail, isInPath, withoutAddresses } from "../../text/addresses.ts";
import { mention } from "../../text/mention-grammar.ts";

const groups = ["channel", "here"] as const;
type Group = (typeof groups)[number];

/** Who is called in a text: names as they may be usernames, and groups. */
export interface ParsedMentions {
  /** In lower case, in order, each once; with what follows it that a username may contain, such as a full stop. */
  names: string[];
  groups: Group[];
}

/** Of one line; `s`, since to a dot other separators end lines as well, and it would look for the end again and again. */
const fence = /^([ \t>]*)([-*+][ \t]+)?(`{3,}|~{3,})(.*)$/s;
const listItem = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]/;

/**
 * Whom a text calls, outside of addresses and code: fenced blocks and spans of backticks, as CommonMark has them (4.5, 6.1).
 * Indented text counts as text: people indent what they paste. What may stand beside a name is in `mention-grammar.ts`. Takes time
 * in proportion to the length, whatever the text is.
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
  const called: ParsedMentions = { names: [], groups: [] };
  for (const word of words) {
    const group = groups.find((name) => name === word.replace(/[._-]+$/, ""));
    if (!group) called.names.push(word);
    else if (!called.groups.includes(group)) called.groups.push(group);
  }
  return called;
}

interface Fence {
  mark: string;
  length: number;
  /** How deep in quotes it stands; where the quote ends, it ends too. */
  depth: number;
  indent: number;
}

/** The text with a blank in the place of each piece of code. */
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
      const isAtHome = depth === open.depth && bullet === "" && indent <= open.indent + 3;
      if (isAtHome && mark === open.mark && marks.length >= open.length && rest.trim() === "")
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

/** A span begins with a run of backticks and ends with the next run of the same length; without one it is text. */
function withoutSpans(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(({ index, 0: run }) => ({ at: index, length: run.length }));
  if (runs.length === 0) return text;
  const later = new Map<number, number[]>();
  for (const { at, length } of runs.toReversed()) {
    const places = later.get(length);
    if (places) places.push(at);
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

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}

export interface ResolvedMentions {
  /** The members who are mentioned, in order. */
  mentions: string[];
  /** Those of them who are called by name. */
  mentionedByName: string[];
  /** Names and groups that were called and are not notified. */
  notNotified: string[];
}

/** At most so many are reported. */
const maxReportedNames = 20;

/**
 * The members that a text mentions. `before`: the message that the text replaces; a group that it called already is not
 * looked up again, since it was those who were there then.
 */
export function resolveMentions(room: RoomState, authorId: string, content: string, before?: Message): ResolvedMentions {
  const called = parseMentions(content);
  const { found, unknown } = findMembersByName(room, called.names);
  const mentioned = new Set(found);
  const notNotified = new Set(unknown);
  const earlier = before ? parseMentions(before.content) : undefined;
  for (const group of called.groups) {
    const members = earlier?.groups.includes(group)
      ? mentionedOnlyByGroup(room, before?.mentions ?? [], earlier.names)
      : membersOfGroup(room, group);
    if (!members) notNotified.add(group);
    for (const userId of members ?? []) if (userId !== authorId) mentioned.add(userId);
  }
  return {
    mentions: [...mentioned],
    mentionedByName: [...found],
    notNotified: [...notNotified].filter((name) => name !== "").slice(0, maxReportedNames),
  };
}

/** Looks up so many names at most, those counted that are tried without what may end a sentence. */
function findMembersByName(room: RoomState, names: string[]): { found: Set<string>; unknown: Set<string> } {
  const [found, unknown] = [new Set<string>(), new Set<string>()];
  let lookUps: number = limits.mentionedAtOnce;
  const named = (name: string): string | undefined =>
    name.length <= 32 && lookUps-- > 0 ? room.memberNamed(name)?.userId : undefined;
  for (const name of names) {
    // A name may end in a full stop that ends the sentence: the longest that somebody has counts.
    let candidate = name;
    let member = named(candidate);
    while (!member && /.[._-]$/.test(candidate)) member = named((candidate = candidate.slice(0, -1)));
    if (member) found.add(member);
    else unknown.add(name.replace(/[._-]+$/, ""));
  }
  return { found, unknown };
}

/** Who was mentioned before by a group, and not by name. */
function mentionedOnlyByGroup(room: RoomState, mentions: string[], names: string[]): string[] {
  const { found } = findMembersByName(room, names);
  return mentions.filter((userId) => !found.has(userId));
}

/** Undefined where they are too many. */
function membersOfGroup(room: RoomState, group: Group): string[] | undefined {
  const members = group === "here" ? room.presentIds() : room.memberIds(limits.mentionedAtOnce + 1);
  return members.length > limits.mentionedAtOnce ? undefined : members;
}
