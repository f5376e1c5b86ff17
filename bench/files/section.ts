import { sectionHeadings } from "../section.ts";
import type { FilesFigures } from "./measure.ts";

type Facts = { date: string; commit: string; tables: { title: string; table: string }[] };

export const filesText = (
  { date, commit, tables }: Facts,
  { rounds, memory }: FilesFigures,
): string => `${sectionHeadings.files}

Measured on ${date}, at commit ${commit}: raw bodies over kept connections, in ${rounds} ${rounds === 1 ? "round" : "interleaved rounds"}, medians of the rounds; a ratio above 1 says that
Parley is faster. Beside it a plain Node \`http\` server that writes the body to a file and serves it from there: it asks nobody who may, looks at no byte, and
keeps no record. "Bare R2" is a Worker that does nothing but \`put\`, \`get\` and \`delete\`: what R2's local simulator takes by itself, which passes a body through JavaScript and hashes it (MD5) in
the same process. Parley checks the token, reads the type from the bytes, reserves quota in hub and D1, hashes (SHA-256), stores in R2,
whose simulator runs in the same workerd, and completes the record; a download asks D1 and the hub who may read. The client is one Node process.

Memory is what the server's processes hold for themselves, sampled every 4 ms, beyond what they held before; ${memory.length} ${memory.length === 1 ? "run" : "runs"} of each, every one
in fresh processes. The simulator of R2 keeps a body in memory before it writes it, in both.

${tables.map(({ title, table }) => `### ${title}\n\n${table}`).join("\n\n")}
`;
