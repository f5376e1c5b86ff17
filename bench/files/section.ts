import { sectionHeadings } from "../section.ts";
import type { FilesFigures } from "./measure.ts";

type Facts = { date: string; commit: string; tables: { title: string; table: string }[] };

export const filesText = (
  { date, commit, tables }: Facts,
  { rounds, memory }: FilesFigures,
): string => `${sectionHeadings.files}

Measured on ${date}, at commit ${commit}: raw bodies over keep-alive connections, in ${rounds} ${rounds === 1 ? "round" : "interleaved rounds"}; the figures are medians of the rounds. A ratio above 1
means that Parley is faster. "Plain Node" is an \`http\` server that writes the body to a file and serves it from there: it has no authorization, does not inspect
the bytes, and stores no metadata. "Bare R2" is a Worker that only calls \`put\`, \`get\` and \`delete\`: it shows the cost of R2's local simulator, which passes a body
through JavaScript and hashes it (MD5) in the same process. Parley verifies the token, detects the type from the bytes, reserves quota in hub and D1, hashes
(SHA-256), stores in R2, whose simulator runs in the same workerd, and completes the row in D1; for a download it asks D1 and the hub whether the reader may
read the file. The client is one Node process.

Memory is the growth of the private memory of the server's processes, sampled every 4 ms; ${memory.length} ${memory.length === 1 ? "run" : "runs"} of each, every one
in new processes. In both, the simulator of R2 holds a body in memory before it writes it.

${tables.map(({ title, table }) => `### ${title}\n\n${table}`).join("\n\n")}
`;
