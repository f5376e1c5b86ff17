import { blank, blankRanges, type TextRange } from "./ranges.ts";

/** A URL must not start within a longer word. */
const boundary = String.raw`(?<![a-z0-9_.\-])`;
const label = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}\-]{0,61}[\p{L}\p{N}])?`;
const schemes = "mailto|tel|sips?|sms|xmpp|matrix|urn|magnet|acct|data|javascript";

/**
 * The start of a URL: a scheme with `//`, a scheme that is used without `//`, `//`, `www.`, or an IPv4 address or a host name followed by a
 * path, a query or a fragment.
 */
const urlStart = new RegExp(
  [
    String.raw`${boundary}[a-z][a-z0-9+.\-]{1,30}:\/\/`,
    String.raw`${boundary}(?:${schemes}):`,
    String.raw`(?<![^\s(<["'])\/\/${label}\.`,
    String.raw`${boundary}www\.`,
    String.raw`${boundary}(?:localhost|\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5})?[\/?#]`,
    String.raw`(?<![\p{L}\p{N}_.\-@])(?:${label}\.){1,8}\p{L}{2,24}(?::\d{1,5})?[\/?#]`,
  ].join("|"),
  "giu",
);
/** A character that ends a URL: white space, ASCII characters that RFC 3986 does not allow, and punctuation or symbols outside ASCII. */
const urlEnd = /[\s<>"`{}|\\^]|(?![\0-\x7f])[\p{P}\p{S}]/u;
/** The destination of a Markdown link or image, with the `]` before it. */
const linkDestination = /\]\([^\n()]*(?:\([^\n()]*\)[^\n()]*){0,8}\)/g;
/** A Markdown link reference definition. */
const linkDefinition = /^[ \t]{0,3}\[[^\]\n]{1,200}\]:[^\n]*/gm;

const longestWord = 256;

/** The addresses in a text. */
export interface Addresses {
  /** URLs in any notation, in order, outside of the destinations of Markdown links. */
  urls: TextRange[];
  /** The destinations of Markdown links, in order, from the `(` to the `)`. */
  destinations: TextRange[];
  /** The text, of the same length, with blanks in place of addresses. */
  blanked: string;
}

/** Finds URLs and the destinations of Markdown links. Code must be blank (`blankCode`). Takes linear time for any text. */
export function findAddresses(text: string): Addresses {
  const destinations: TextRange[] = [];
  const marked = text
    .replace(linkDestination, (found, at: number) => {
      destinations.push({ from: at + 1, to: at + found.length });
      return `]${blank(found.slice(1))}`;
    })
    .replace(linkDefinition, blank);
  const urls: TextRange[] = [];
  let from = 0;
  for (const { index } of marked.matchAll(urlStart)) {
    if (index < from) continue;
    from = endOfUrl(marked, index);
    urls.push({ from: index, to: from });
  }
  return { urls, destinations, blanked: blankRanges(marked, urls) };
}

/** Returns the end (exclusive) of the URL that starts at `at`. A closing bracket that was not opened within the URL ends it too. */
function endOfUrl(text: string, at: number): number {
  const opened: string[] = [];
  let position = at;
  for (const character of text.slice(at)) {
    if (urlEnd.test(character)) break;
    if (character === "(") opened.push(")");
    else if (character === "[") opened.push("]");
    else if ((character === ")" || character === "]") && opened.pop() !== character) break;
    position += character.length;
  }
  return position;
}

const wordBefore = (text: string, at: number): string =>
  /[^\s()<>"'[\]{}|]*$/u.exec(text.slice(Math.max(0, at - longestWord), at))?.[0] ?? "";

/** Whether the `@name` from `at` to `to` (exclusive) is part of a file path. */
export function isInPath(text: string, at: number, to: number): boolean {
  if (text[at - 1] !== "/") return false;
  return /^(?:~|\.{1,2})?\//.test(wordBefore(text, at)) || /^\/[\w.]/.test(text.slice(to, to + 2));
}

/** Whether the `@` at `at` is within an e-mail address: a local part precedes it, and the name ends like a host name. */
export const isInMail = (text: string, at: number, name: string): boolean =>
  /[a-z0-9]\.[a-z]{2,24}$/i.test(name) &&
  /[\p{L}\p{M}\p{N}][\p{M}._%+-]*$/u.test(text.slice(Math.max(0, at - 64), at));
