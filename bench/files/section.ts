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
through JavaScript and hashes it (MD5) in the same process. Parley verifies the token and the session, reserves quota in the hub, detects the type from the bytes,
hashes (SHA-256), stores in R2, whose simulator runs in the same workerd, writes the row to D1 and completes the file in the hub. A download asks the hub whether
the session is live and the reader may read the file; the isolate has the row since the upload. The client is one Node process.

Memory is the growth of the private memory of the server's processes, sampled every 4 ms; ${memory.length} ${memory.length === 1 ? "run" : "runs"} of each, every one
in new processes. In both, the simulator of R2 holds a body in memory before it writes it.

${tables.map(({ title, table }) => `### ${title}\n\n${table}`).join("\n\n")}
`;
