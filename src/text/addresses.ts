/** What precedes a URL's own beginning, if anything does: not a part of a longer word. */
const boundary = String.raw`(?<![a-z0-9_.\-])`;
const label = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}\-]{0,61}[\p{L}\p{N}])?`;
const schemes = "mailto|tel|sips?|sms|xmpp|matrix|urn|magnet|acct|data|javascript";

/**
 * The beginning of a URL: a scheme with `//`, a scheme that goes without, `//`, `www.`, an IPv4 address or the name of a host with
 * a path, a query or a fragment.
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
/** Ends a URL wherever it comes: a blank, what RFC 3986 leaves out, and punctuation that is not ASCII. */
const urlEnd = /[\s<>"`{}|\\^]|(?![\0-\x7f])[\p{P}\p{S}]/u;
/** A link or a picture of Markdown, from its destination on. */
const linkDestination = /\]\([^\n()]*(?:\([^\n()]*\)[^\n()]*){0,8}\)/g;
/** A link's definition. */
const linkDefinition = /^[ \t]{0,3}\[[^\]\n]{1,200}\]:[^\n]*/gm;

const longestWord = 256;

/** The text with a blank in the place of each address: of URLs in any notation, and of where links of Markdown lead. */
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

/** Where the URL ends that begins at `at`: a bracket that it did not open ends it too. */
function endOfUrl(text: string, at: number): number {
  const opened: string[] = [];
  let place = at;
  for (const character of text.slice(at)) {
    if (urlEnd.test(character)) break;
    if (character === "(") opened.push(")");
    else if (character === "[") opened.push("]");
    else if ((character === ")" || character === "]") && opened.pop() !== character) break;
    place += character.length;
  }
  return place;
}

const wordBefore = (text: string, at: number): string =>
  /[^\s()<>"'[\]{}|]*$/u.exec(text.slice(Math.max(0, at - longestWord), at))?.[0] ?? "";

/** Whether the `@name` from `at` to `to` is part of a path. */
export function isInPath(text: string, at: number, to: number): boolean {
  if (text[at - 1] !== "/") return false;
  return /^(?:~|\.{1,2})?\//.test(wordBefore(text, at)) || /^\/[\w.]/.test(text.slice(to, to + 2));
}

/** Whether the `@` at `at` is within an e-mail address: a local part, and a name that ends as a host's does. */
export const isInMail = (text: string, at: number, name: string): boolean =>
  /[a-z0-9]\.[a-z]{2,24}$/i.test(name) &&
  /[\p{L}\p{M}\p{N}][\p{M}._%+-]*$/u.test(text.slice(Math.max(0, at - 64), at));
