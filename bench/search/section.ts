import { sectionHeadings } from "../section.ts";
import type { SearchFigures } from "./measure.ts";

type Facts = { date: string; commit: string; tables: { title: string; table: string }[] };

export const searchText = (
  { date, commit, tables }: Facts,
  { note, postgres, rounds, times }: SearchFigures,
): string => `${sectionHeadings.search}

Measured on ${date}, at commit ${commit}, SQL against SQL: ${note}
Parley's statements are those of its routes, on the file that D1 made of its own projection, in the SQLite of Node, on one thread with
the bench. PostgreSQL ${postgres} has the same rows, a \`tsvector\` (\`english\`) with a GIN index, indexes by time and by channel, 512 MB of shared
buffers, VACUUM ANALYZE, SQLite as much of cache; it is asked by prepared statements over a local socket. Both filter by what the reader may read inside the
statement, multiply their rank by the same recency and give the same columns. ${times} times each in ${rounds}
${rounds === 1 ? "round" : "interleaved rounds"}, medians of the rounds. A ratio is of
what the statements take beyond one that does nothing. The last columns: the same with the 2 MB that SQLite takes by itself, so that it reads pages from the
operating system again and again; and through D1's binding in workerd, seen from outside, several in a request. How much D1 keeps in production is not known.

PostgreSQL leaves out English stop words and cuts addresses differently, so it does not find quite the same.

${tables.map(({ title, table }) => `### ${title}\n\n${table}`).join("\n\n")}
`;
