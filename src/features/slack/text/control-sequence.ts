import { decodeEntities } from "./entities.ts";
import { escapeMarkdown, markdownLink } from "./escape-markdown.ts";
import type { SlackNames } from "./slack-names.ts";

/** Text that a control sequence stands for: as Markdown, and as plain text for code. */
export interface ControlText {
  markdown: string;
  plain: string;
}

const url = /^[a-z][a-z0-9+.-]{1,30}:\S/i;

/** Formats the mention of a group of the channel's members; undefined for other names. */
export function groupMention(name: string): string | undefined {
  if (name === "here") return "@here";
  return name === "channel" || name === "everyone" || name === "group" ? "@channel" : undefined;
}

/** Literal text. */
const literal = (text: string): ControlText => ({ markdown: escapeMarkdown(text), plain: text });
/** Text that is the same in Markdown, such as a mention. */
const verbatim = (text: string): ControlText => ({ markdown: text, plain: text });

/**
 * Converts a control sequence of Slack's text, which is what is between `<` and `>`: a link, `@U…`, `#C…`, `!here`, `!subteam^S…`, `!date^…`.
 *
 * @returns undefined if it is none, so that the text is literal
 */
export function convertControlSequence(sequence: string, names: SlackNames): ControlText | undefined {
  const bar = sequence.indexOf("|");
  const target = bar === -1 ? sequence : sequence.slice(0, bar);
  const label = bar === -1 ? "" : decodeEntities(sequence.slice(bar + 1));
  switch (target.charAt(0)) {
    case "@":
      return target.length > 1 ? userMention(target.slice(1), label, names) : undefined;
    case "#":
      return target.length > 1 ? channelMention(target.slice(1), label, names) : undefined;
    case "!":
      return target.length > 1 ? special(target.slice(1), label, names) : undefined;
    default:
      return url.test(target) ? link(decodeEntities(target), label) : undefined;
  }
}

function link(target: string, label: string): ControlText {
  // Slack's clients send `<mailto:a@b.example|a@b.example>` for an address in the text.
  if (label === "" && target.startsWith("mailto:"))
    return { markdown: markdownLink(target, target.slice("mailto:".length)), plain: target };
  return { markdown: markdownLink(target, label === "" ? undefined : label), plain: label || target };
}

/** Formats a mention of a user. */
export function userMention(id: string, label: string, { usernameOf }: SlackNames): ControlText {
  const username = usernameOf(id);
  return username === undefined ? literal(withSigil("@", label || id)) : verbatim(`@${username}`);
}

/** Formats a link to a channel. */
export function channelMention(id: string, label: string, { channelNameOf }: SlackNames): ControlText {
  const name = channelNameOf(id);
  return name === undefined ? literal(withSigil("#", label || id)) : verbatim(`#${name}`);
}

/** Formats a mention of a user group. */
export function groupHandle(id: string, label: string, { groupHandleOf }: SlackNames): ControlText {
  const handle = groupHandleOf(id);
  return handle === undefined ? literal(withSigil("@", label || id)) : verbatim(`@${handle}`);
}

const withSigil = (sigil: string, label: string): string =>
  label.startsWith(sigil) ? label : `${sigil}${label}`;

function special(command: string, label: string, names: SlackNames): ControlText {
  const [name = "", ...parameters] = command.split("^");
  const mention = groupMention(name);
  if (mention !== undefined) return verbatim(mention);
  if (name === "subteam") return groupHandle(parameters[0] ?? "", label, names);
  if (name === "date") return date(parameters, label);
  return literal(label || `<${name}>`);
}

/** Formats a date: the sender's fallback, which states a time zone, or else the time in UTC. The viewer's time zone is not known here. */
function date([timestamp = "", , target = ""]: string[], fallback: string): ControlText {
  const text = fallback || formatTimestamp(timestamp);
  const address = decodeEntities(target);
  return url.test(address) ? { markdown: markdownLink(address, text), plain: text } : literal(text);
}

/** Formats a time in seconds since 1970. Text that isn't one is returned as it is. */
export function formatTimestamp(seconds: string): string {
  const at = new Date(/^\d{1,12}$/.test(seconds) ? Number(seconds) * 1_000 : NaN);
  return Number.isNaN(at.getTime()) ? seconds : `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
