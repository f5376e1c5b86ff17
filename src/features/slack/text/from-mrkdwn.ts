import { convertLine, type MrkdwnOptions, plainText } from "./inline-mrkdwn.ts";

const fence = "```";

/**
 * Converts Slack's text (mrkdwn) to Parley's Markdown. It is total: text that means nothing in mrkdwn is literal, and is escaped where
 * Markdown would give it a meaning. Takes linear time for any text.
 *
 * Source: https://docs.slack.dev/messaging/formatting-message-text
 */
export function fromMrkdwn(mrkdwn: string, options: MrkdwnOptions): string {
  const text = mrkdwn.replace(/\r\n?/g, "\n");
  const blocks: string[] = [];
  let quotesRest = false;
  // Odd elements are between two fences. A last fence without a partner is literal.
  const segments = text.split(fence);
  const isOpen = segments.length % 2 === 0;
  const paired = isOpen ? segments.slice(0, -2) : segments.slice(0, -1);
  paired.push(isOpen ? segments.slice(-2).join(fence) : (segments.at(-1) ?? ""));
  for (const [index, segment] of paired.entries()) {
    if (index % 2 === 1) {
      blocks.push(codeBlock(segment, options));
      continue;
    }
    // The line breaks next to a code block are those of its fences.
    let lines = segment;
    if (index > 0 && lines.startsWith("\n")) lines = lines.slice(1);
    if (index < paired.length - 1) lines = lines.endsWith("\n") ? lines.slice(0, -1) : lines.trimEnd();
    if (lines.trim() === "" && paired.length > 1 && !lines.includes("\n")) continue;
    const converted = convertLines(lines, quotesRest, options);
    quotesRest = converted.quotesRest;
    blocks.push(converted.text);
  }
  return blocks.join("\n");
}

function codeBlock(segment: string, { names }: MrkdwnOptions): string {
  const code = plainText(segment.replace(/^\n/, "").replace(/\n$/, ""), names);
  return `${fence}\n${code}\n${fence}`;
}

/** A quoted line: `>` or its entity. `>>>` quotes all that follows. */
const quote = /^(?:>|&gt;)(?:(>|&gt;){2})? ?/;

function convertLines(
  text: string,
  startsQuoted: boolean,
  options: MrkdwnOptions,
): { text: string; quotesRest: boolean } {
  const converted: string[] = [];
  let quotesRest = startsQuoted;
  for (const line of text.split("\n")) {
    const [marker = "", third] = quotesRest ? [] : (quote.exec(line) ?? []);
    if (third !== undefined) quotesRest = true;
    const isQuoted = quotesRest || marker !== "";
    const inline = convertLine(line.slice(marker.length), options);
    converted.push(isQuoted ? `> ${inline}`.trimEnd() : inline);
  }
  return { text: converted.join("\n"), quotesRest };
}
