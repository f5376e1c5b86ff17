import { findAddresses } from "./addresses.ts";
import { type CodeRange, findCode } from "./code.ts";
import { type Emphasis, findEmphasis } from "./emphasis.ts";
import { blankRanges, isEscaped, linesOf, type TextRange } from "./ranges.ts";

/** A link with its markup. `textLength` is absent for a URL that is written out. */
export interface Link extends TextRange {
  url: string;
  /** The number of characters before the link's text that are not part of it. */
  marker: number;
  textLength?: number;
}

/** An emoji by its name, `:name:`. */
export interface Shortcode extends TextRange {
  name: string;
}

/** What a text contains besides words. Positions are in UTF-16 units. */
export interface Markup {
  code: CodeRange[];
  links: Link[];
  emphasis: Emphasis[];
  quotes: TextRange[];
  shortcodes: Shortcode[];
  /** The text, of the same length, with blanks in place of code and addresses. */
  blanked: string;
}

const mayContainMarkup = /[`*_~>:[@]|www\./i;
const shortcode = /(?<![\p{L}\p{N}_:]):([a-z0-9][a-z0-9_+-]{0,63}):(?![\p{L}\p{N}_])/giu;
const quoteLine = /^[ \t]{0,3}>.*$/;
const longestUrl = 2_048;

/**
 * Parses the markup of messages (docs/formatting.md): the part of CommonMark and of GitHub's extensions that people use in chats. Takes linear
 * time for any text.
 *
 * @returns undefined for a text that certainly has no markup
 */
export function parseMarkup(content: string): Markup | undefined {
  if (!mayContainMarkup.test(content)) return undefined;
  const code = findCode(content);
  const withoutCode = blankRanges(content, code);
  const { urls, destinations, blanked } = findAddresses(withoutCode);
  const trimmed = urls.map((range) => trimUrl(content, range));
  const links = [...findTextLinks(withoutCode, destinations), ...findUrls(content, trimmed)];
  const excluded = [...code, ...trimmed, ...destinations].toSorted((one, other) => one.from - other.from);
  return {
    code,
    links,
    emphasis: /[*_~]/.test(blanked)
      ? findParagraphs(withoutCode).flatMap((part) => findEmphasis(content, part, excluded))
      : [],
    quotes: findQuotes(content, code),
    shortcodes: [...blanked.matchAll(shortcode)].map(({ 0: whole, 1: name = "", index }) => ({
      from: index,
      to: index + whole.length,
      name: name.toLowerCase(),
    })),
    blanked,
  };
}

/** Finds `[text](destination)`. A link cannot contain another one. */
function findTextLinks(text: string, destinations: readonly TextRange[]): Link[] {
  if (destinations.length === 0) return [];
  const ends = new Map(destinations.map((range) => [range.from - 1, range]));
  const openers: number[] = [];
  const links: Link[] = [];
  for (const { 0: bracket, index } of text.matchAll(/[[\]]/g)) {
    if (isEscaped(text, index)) continue;
    if (bracket === "[") {
      openers.push(index);
      continue;
    }
    const from = openers.pop();
    const destination = ends.get(index);
    if (from === undefined || !destination) continue;
    const url = toLinkUrl(destinationOf(text.slice(destination.from + 1, destination.to - 1)));
    if (url === undefined || from < (links.at(-1)?.to ?? 0)) continue;
    links.push({ from, to: destination.to, url, marker: 1, textLength: index - from - 1 });
    openers.length = 0;
  }
  return links;
}

/** Returns the URL of a link's destination, without angle brackets and title. */
const destinationOf = (inside: string): string =>
  /^\s*(?:<([^<>\s]*)>|([^\s<>]*))/.exec(inside)?.slice(1).find(Boolean) ?? "";

function findUrls(text: string, urls: readonly TextRange[]): Link[] {
  return urls.flatMap(({ from, to }) => {
    const written = text.slice(from, to);
    const url = toLinkUrl(/^www\./i.test(written) ? `https://${written}` : written);
    if (url === undefined) return [];
    const isBracketed = text[from - 1] === "<" && text[to] === ">";
    return isBracketed
      ? [{ from: from - 1, to: to + 1, url, marker: 1, textLength: to - from }]
      : [{ from, to, url, marker: 0 }];
  });
}

/** Excludes punctuation at the end of a URL, which belongs to the sentence. */
function trimUrl(text: string, { from, to }: TextRange): TextRange {
  let end = to;
  while (end > from && ".,:;!?'\"*_~".includes(text.charAt(end - 1))) end--;
  return { from, to: end };
}

/** Returns the URL to open, or undefined for a scheme that a link must not have, such as `javascript:`. */
function toLinkUrl(text: string): string | undefined {
  if (text.length > longestUrl || !/^(?:https?:\/\/|mailto:)/i.test(text)) return undefined;
  const url = URL.parse(text);
  return url && (url.protocol === "mailto:" || url.hostname !== "") ? url.href : undefined;
}

/** Finds paragraphs: parts without a blank line. */
function findParagraphs(text: string): TextRange[] {
  const parts: TextRange[] = [];
  let from = 0;
  for (const line of linesOf(text)) {
    if (line.text.trim() !== "") continue;
    parts.push({ from, to: line.from });
    from = line.next;
  }
  return [...parts, { from, to: text.length }];
}

/** Finds groups of lines that begin with `>`, outside of code blocks. */
function findQuotes(text: string, code: readonly CodeRange[]): TextRange[] {
  if (!text.includes(">")) return [];
  const blocks = code.filter(({ isBlock }) => isBlock);
  const quotes: TextRange[] = [];
  let next = 0;
  let isContinued = false;
  for (const line of linesOf(text)) {
    const to = line.from + line.text.length;
    let block = blocks[next];
    while (block && block.to <= line.from) block = blocks[++next];
    const isInBlock = block !== undefined && block.from < line.from;
    const isQuote = quoteLine.test(line.text);
    const last = quotes.at(-1);
    if (isQuote && isContinued && last) last.to = to;
    else if (isQuote && !isInBlock) quotes.push({ from: line.from, to });
    isContinued = isQuote && (isContinued || !isInBlock);
  }
  return quotes;
}
