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

/** Replaces each address by a blank: URLs in any notation, and the destinations of Markdown links. */
export function withoutAddresses(text: string): string {
  const marked = text.replace(linkDestination, "] ").replace(linkDefinition, " ");
  let kept = "";
  let from = 0;
  for (const { index } of marked.matchAll(urlStart)) {
    if (index < from) continue;
    kept += `${marked.slice(from, index)} `;
    from = endOfUrl(marked, index);
  }
  return kept + marked.slice(from);
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
