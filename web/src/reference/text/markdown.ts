/** Text within a block. */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "link"; href: string; children: readonly Inline[] };

export type Block =
  | { kind: "paragraph"; content: readonly Inline[] }
  | { kind: "heading"; level: number; content: readonly Inline[] }
  | { kind: "list"; isOrdered: boolean; items: readonly (readonly Inline[])[] }
  | {
      kind: "table";
      header: readonly (readonly Inline[])[];
      rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { kind: "code"; text: string };

/**
 * Parses the subset of Markdown that the descriptions of the contract use: paragraphs, headings, flat lists, tables, fenced code, code
 * spans and links. All other markup is text.
 *
 * @param source - a text of any length
 */
export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = [];
  const lines = source.split("\n");
  let index = 0;
  while (index < lines.length) {
    const line = lines[index] ?? "";
    if (line.trim() === "") {
      index++;
      continue;
    }
    const end = endOfBlock(lines, index);
    blocks.push(blockOf(lines.slice(index, end)));
    index = end;
  }
  return blocks;
}

/** Parses code spans and links. A link whose target is not http, https, a path or a fragment is text. */
export function parseInline(source: string): Inline[] {
  const inlines: Inline[] = [];
  /** Delimiters of code without an end after this point, so that no text is searched twice for one of them. */
  const unclosed = new Set<string>();
  let text = "";
  let at = 0;
  const push = (inline: Inline): void => {
    if (text) inlines.push({ kind: "text", text });
    text = "";
    inlines.push(inline);
  };
  while (at < source.length) {
    const char = source[at] ?? "";
    const found = char === "`" ? codeAt(source, at, unclosed) : char === "[" ? linkAt(source, at) : undefined;
    if (found) {
      push(found.inline);
      at = found.end;
    } else {
      const length = char === "`" ? runLength(source, at) : 1;
      text += source.slice(at, at + length);
      at += length;
    }
  }
  if (text) inlines.push({ kind: "text", text });
  return inlines;
}

type LineKind = "blank" | "heading" | "item" | "numbered" | "row" | "fence" | "text";

function kindOf(line: string): LineKind {
  if (line.trim() === "") return "blank";
  if (/^#{1,6} /.test(line)) return "heading";
  if (/^[-*] /.test(line)) return "item";
  if (/^\d{1,9}[.)] /.test(line)) return "numbered";
  if (line.startsWith("|")) return "row";
  return line.startsWith("```") ? "fence" : "text";
}

/** Returns the index after the last line of the block that begins at `start`. */
function endOfBlock(lines: readonly string[], start: number): number {
  const kind = kindOf(lines[start] ?? "");
  let end = start + 1;
  if (kind === "heading") return end;
  if (kind === "fence") {
    while (end < lines.length && !lines[end]?.startsWith("```")) end++;
    return Math.min(end + 1, lines.length);
  }
  // The further lines of an item are indented, or continue its paragraph.
  const continues: readonly LineKind[] =
    kind === "row" ? ["row"] : kind === "text" ? ["text"] : [kind, "text"];
  while (end < lines.length && continues.includes(kindOf(lines[end] ?? ""))) end++;
  return end;
}

function blockOf(lines: readonly string[]): Block {
  const [first = ""] = lines;
  const kind = kindOf(first);
  if (kind === "heading") {
    const level = first.indexOf(" ");
    return { kind, level, content: parseInline(first.slice(level + 1).trim()) };
  }
  if (kind === "fence") {
    const isClosed = lines.length > 1 && lines.at(-1)?.startsWith("```");
    return { kind: "code", text: lines.slice(1, isClosed ? -1 : undefined).join("\n") };
  }
  if (kind === "item" || kind === "numbered")
    return { kind: "list", isOrdered: kind === "numbered", items: itemsOf(lines, kind).map(parseInline) };
  if (kind === "row") return tableOf(lines);
  return { kind: "paragraph", content: parseInline(lines.map((line) => line.trim()).join(" ")) };
}

function itemsOf(lines: readonly string[], kind: LineKind): string[] {
  const items: string[][] = [];
  for (const line of lines)
    if (kindOf(line) === kind) items.push([line.slice(line.indexOf(" ") + 1).trim()]);
    else items.at(-1)?.push(line.trim());
  return items.map((parts) => parts.join(" "));
}

function tableOf(lines: readonly string[]): Block {
  const [header = [], ...others] = lines.map(cellsOf);
  const isDelimiter = (cells: readonly string[]): boolean => cells.every((cell) => /^:?-+:?$/.test(cell));
  const rows = others[0] && isDelimiter(others[0]) ? others.slice(1) : others;
  return {
    kind: "table",
    header: header.map(parseInline),
    rows: rows.map((cells) => cells.map(parseInline)),
  };
}

function cellsOf(line: string): string[] {
  const trimmed = line.trim();
  return trimmed
    .slice(1, trimmed.length > 1 && trimmed.endsWith("|") ? -1 : undefined)
    .split("|")
    .map((cell) => cell.trim());
}

interface Found {
  inline: Inline;
  end: number;
}

function runLength(source: string, at: number): number {
  let end = at;
  while (source[end] === "`") end++;
  return end - at;
}

/** Parses a code span, which ends at a run of as many backticks as it begins with. */
function codeAt(source: string, at: number, unclosed: Set<string>): Found | undefined {
  const length = runLength(source, at);
  const ticks = "`".repeat(length);
  if (unclosed.has(ticks)) return undefined;
  let end = source.indexOf(ticks, at + length);
  while (end >= 0 && runLength(source, end) !== length)
    end = source.indexOf(ticks, end + runLength(source, end));
  if (end < 0) {
    unclosed.add(ticks);
    return undefined;
  }
  const text = source.slice(at + length, end);
  const isPadded = text.startsWith(" ") && text.endsWith(" ") && text.trim() !== "";
  return { inline: { kind: "code", text: isPadded ? text.slice(1, -1) : text }, end: end + length };
}

/** Longer texts and targets of links are text, so that the search for their ends is short. */
const maxLinkLength = 2_000;

function linkAt(source: string, at: number): Found | undefined {
  const middle = source.slice(at + 1, at + 1 + maxLinkLength).indexOf("](");
  if (middle < 0) return undefined;
  const label = source.slice(at + 1, at + 1 + middle);
  const start = at + middle + 3;
  const length = source.slice(start, start + maxLinkLength).indexOf(")");
  const href = source.slice(start, start + Math.max(0, length)).trim();
  if (length < 0 || label.includes("[") || !isSafeTarget(href)) return undefined;
  return { inline: { kind: "link", href, children: parseInline(label) }, end: start + length + 1 };
}

const isSafeTarget = (href: string): boolean =>
  /^https?:\/\/[^\s]/.test(href) || href.startsWith("#") || (href.startsWith("/") && !/^\/[/\\]/.test(href));
