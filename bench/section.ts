/** Parts of `docs/bench.md` that are measured, written and kept apart from the rest. */
export const sectionHeadings = {
  reads: "## Reads",
  sockets: "## Sockets",
  search: "## Search",
  files: "## Files",
} as const;
export type SectionName = keyof typeof sectionHeadings;
export const sectionNames = Object.keys(sectionHeadings) as SectionName[];

const next = "\n## ";

/** What the document says under this heading now; `null` where it does not. */
export function sectionIn(document: string, heading: string): string | null {
  const from = document.indexOf(`${heading}\n`);
  if (from < 0) return null;
  const to = document.indexOf(next, from + heading.length);
  return `${document.slice(from, to < 0 ? undefined : to).trimEnd()}\n`;
}

/** The document with this section in the place of the one that it has, or before what went wrong. */
export function withSection(document: string, heading: string, section: string): string {
  const present = sectionIn(document, heading);
  if (present !== null) return document.replace(present, () => section);
  const place = document.indexOf("## What went wrong");
  return place < 0
    ? `${document.trimEnd()}\n\n${section}`
    : `${document.slice(0, place)}${section}\n${document.slice(place)}`;
}
