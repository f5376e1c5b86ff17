import { list } from "../format.ts";
import { sectionHeadings } from "../section.ts";
import type { SearchFigures } from "./measure.ts";

type Facts = { date: string; commit: string; tables: { title: string; table: string }[] };

export const searchText = (
  { date, commit, tables }: Facts,
  { note, postgres, rounds, times, incidents }: SearchFigures,
): string => `${sectionHeadings.search}

Measured on ${date}, at commit ${commit}, SQL against SQL: ${note}
Parley's statements are those of its routes. They run on the database file that D1 filled through Parley's projection, in Node's SQLite, in
the thread of the benchmark. PostgreSQL ${postgres} has the same rows, a \`tsvector\` (\`english\`) with a GIN index, indexes by time and by channel, and
512 MB of shared buffers, after VACUUM ANALYZE; SQLite has a cache of the same size. PostgreSQL runs prepared statements over a Unix
socket. Both filter by the reader's permissions inside the statement, multiply the rank by the same recency and return the same columns.
Each statement runs ${times} times in each of ${rounds} ${rounds === 1 ? "round" : "interleaved rounds"}; the figures are medians of the rounds. A ratio compares the times
without that of a statement that does nothing. The last two columns are Parley with SQLite's default cache of 2 MB, so that it reads pages from
the operating system again and again, and Parley through D1's binding in workerd, timed by the client, with several statements in a request. The
cache size of D1 in production is not known.

PostgreSQL ignores English stop words and splits addresses differently, so the two do not find exactly the same messages.

${tables.map(({ title, table }) => `### ${title}\n\n${table}`).join("\n\n")}
${incidents.length === 0 ? "" : `\n${list(incidents)}\n`}`;
