/** The characters that a backslash makes literal (docs/formatting.md). */
export const escapable = /[\\`*_~[\]@>]/;
const wordCharacter = /[\p{L}\p{N}]/u;
const blank = /\s/;
/** The first character of a username. */
const nameStart = /[a-z0-9]/i;

export interface EscapeOptions {
  /** The output before the text, or its last character; empty at the start of a line. */
  before?: string;
  /** The output after the text, or its first character; empty at the end of a line. */
  after?: string;
  /** Keeps `@name`, so that it mentions. Default: it is escaped and notifies no one. */
  keepsMentions?: boolean;
}

/**
 * Escapes literal text of one line, so that it is shown unchanged. Escapes only where a character would have a meaning: the text stays
 * readable as plain text, and `snake_case`, `2 * 3` and `[FIRING:1]` need no backslash.
 */
export function escapeMarkdown(text: string, options: EscapeOptions = {}): string {
  const { before = "", after = "", keepsMentions = false } = options;
  let escaped = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const previous = at > 0 ? text.charAt(at - 1) : before.slice(-1);
    const next = at + 1 < text.length ? text.charAt(at + 1) : after.slice(0, 1);
    escaped += needsEscape(character, previous, next, keepsMentions) ? `\\${character}` : character;
  }
  return escaped;
}

function needsEscape(character: string, previous: string, next: string, keepsMentions: boolean): boolean {
  switch (character) {
    case "\\":
      return escapable.test(next);
    case "`":
      return true;
    case "*":
      return !(isBlank(previous) && isBlank(next));
    case "_":
      return !(isBlank(previous) && isBlank(next)) && !(isWord(previous) && isWord(next));
    case "~":
      return previous === "~" || next === "~";
    case "]":
      return next === "(";
    case "@":
      return !keepsMentions && nameStart.test(next) && !/[a-z0-9]/i.test(previous);
    default:
      return false;
  }
}

const isBlank = (character: string): boolean => character === "" || blank.test(character);
const isWord = (character: string): boolean => wordCharacter.test(character);

/** Escapes literal text of any number of lines. */
export const escapeLines = (text: string, options: Pick<EscapeOptions, "keepsMentions"> = {}): string =>
  text
    .split(/\r\n?|\n/)
    .map((line) => escapeMarkdown(line, options).replace(/^( {0,3})>/, "$1\\>"))
    .join("\n");

const permittedScheme = /^(?:https?:\/\/|mailto:)/i;
/** As for links in messages (`text/markup.ts`). */
const longestUrl = 2_048;

/** Whether a link to the URL is shown as a link. Other schemes, such as `javascript`, are shown as text. */
export const isLinkable = (url: string): boolean => url.length <= longestUrl && permittedScheme.test(url);

/** Characters that end the destination of a Markdown link, or are not permitted in a URL. */
const encodeDestination = (url: string): string =>
  url.replace(/[\s<>()\\]/g, (character) =>
    // encodeURIComponent leaves brackets, which are valid in a URL but end the destination.
    character === "(" ? "%28" : character === ")" ? "%29" : encodeURIComponent(character),
  );

const bareUrl = /^https?:\/\/[\w\-.:/?=&%#+]*[A-Za-z0-9/]$/;

/**
 * Formats a link in Markdown.
 *
 * @param label literal text; absent: the link shows its URL
 */
export function markdownLink(url: string, label?: string): string {
  if (!isLinkable(url))
    return label === undefined || label === url
      ? escapeMarkdown(url)
      : `${escapeMarkdown(label)} (${escapeMarkdown(url)})`;
  if (label !== undefined && label.trim() !== "" && label !== url)
    return `[${escapeLabel(label)}](${encodeDestination(url)})`;
  const isBare = bareUrl.test(url) && !url.includes("__") && !url.includes("/_");
  return isBare ? url : `<${encodeDestination(url)}>`;
}

/** Escapes the label of a link. Unlike other text it must not contain a bracket, since that may end the label. */
const escapeLabel = (label: string): string =>
  escapeMarkdown(label.replace(/\s+/g, " "), { before: "[", after: "]" }).replace(
    /\\?[[\]]/g,
    (bracket) => `\\${bracket.slice(-1)}`,
  );

/** Cuts a text to `max` code points, with an ellipsis. An open code block is closed. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = Array.from(text.slice(0, 2 * max + 2));
  if (points.length <= max) return text;
  const suffix = "\n```";
  const kept = points.slice(0, max - 1 - suffix.length).join("");
  const fences = kept.match(/^```/gm)?.length ?? 0;
  return fences % 2 === 1 ? `${kept}…${suffix}` : `${points.slice(0, max - 1).join("")}…`;
}
