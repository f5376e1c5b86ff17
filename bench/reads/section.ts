import { sectionHeadings } from "../section.ts";

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
}: SectionFacts): string => `${sectionHeadings.reads}

Measured on ${date}, at commit ${commit}: REST over one keep-alive connection, one read after the other, ${reads} in each of ${rounds}
${rounds === 1 ? "round" : "interleaved rounds"}; the figures are medians of the rounds. Both stacks verify the token and authorize the reader: Parley asks the room for that and reads
the page from D1; the other stack does both in PostgreSQL. Parley returns whole messages, the other stack the six columns that it has.

${tables.map(({ title, table }) => `### ${title}\n\n${table}`).join("\n\n")}

${[...notes, ...problems.map((problem) => `Wrong: ${problem}`)].map((note) => `- ${note}`).join("\n")}
`;
