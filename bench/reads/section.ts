/** The part of `docs/bench.md` about reads, which is written and kept apart from the rest. */

export const heading = "## Reads";
const next = "\n## ";

/** What the document says of reads now; `null` where it does not. */
export function sectionIn(document: string): string | null {
  const from = document.indexOf(`${heading}\n`);
  if (from < 0) return null;
  const to = document.indexOf(next, from + heading.length);
  return `${document.slice(from, to < 0 ? undefined : to).trimEnd()}\n`;
}

/** The document with this section in the place of the one that it has, or before what went wrong. */
export function withSection(document: string, section: string): string {
  const present = sectionIn(document);
  if (present !== null) return document.replace(present, () => section);
  const place = document.indexOf("## What went wrong");
  return place < 0
    ? `${document.trimEnd()}\n\n${section}`
    : `${document.slice(0, place)}${section}\n${document.slice(place)}`;
}

type SectionFacts = {
  date: string;
  commit: string;
  rounds: number;
  reads: number;
  notes: string[];
  tables: { title: string; table: string }[];
  problems: string[];
};

export const sectionText = ({
  date,
  commit,
  rounds,
  reads,
  notes,
  tables,
  problems,
}: SectionFacts): string => `${heading}

Measured on ${date}, at commit ${commit}: REST over one kept connection, one read after the other, ${reads} in each of ${rounds}
${rounds === 1 ? "round" : "interleaved rounds"}; medians of the rounds. Both stacks verify the token and ask whether the reader may; Parley asks the room for that and D1
for the page, PostgreSQL has both. Parley's rows are the whole message, the peer's the six columns that it has.

${tables.map(({ title, table }) => `### ${title}\n\n${table}`).join("\n\n")}

${[...notes, ...problems.map((problem) => `Wrong: ${problem}`)].map((note) => `- ${note}`).join("\n")}
`;
