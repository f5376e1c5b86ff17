/** The sections of `docs/bench.md` that are measured separately: a run that leaves one out keeps the old text. */
export const sectionHeadings = {
  reads: "## Reads",
  sockets: "## Sockets",
  search: "## Search",
  files: "## Files",
} as const;
export type SectionName = keyof typeof sectionHeadings;
export const sectionNames = Object.keys(sectionHeadings) as SectionName[];

const next = "\n## ";

/** Returns the section of a document under this heading; `null` if it has none. */
export function sectionIn(document: string, heading: string): string | null {
  const from = document.indexOf(`${heading}\n`);
  if (from < 0) return null;
  const to = document.indexOf(next, from + heading.length);
  return `${document.slice(from, to < 0 ? undefined : to).trimEnd()}\n`;
}

/** Replaces a section of a document; a new one is inserted before "What went wrong". */
export function withSection(document: string, heading: string, section: string): string {
  const present = sectionIn(document, heading);
  if (present !== null) return document.replace(present, () => section);
  const place = document.indexOf("## What went wrong");
  return place < 0
    ? `${document.trimEnd()}\n\n${section}`
    : `${document.slice(0, place)}${section}\n${document.slice(place)}`;
}
