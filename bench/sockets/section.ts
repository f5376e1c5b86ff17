import { markdown } from "../format.ts";
import { sectionHeadings } from "../section.ts";
import type { SocketsFigures } from "./measure.ts";
import { socketsTables } from "./report.ts";

type Facts = { date: string; commit: string };

export const socketsText = (
  { date, commit }: Facts,
  figures: SocketsFigures,
): string => `${sectionHeadings.sockets}

Measured on ${date}, at commit ${commit}. Times are of one run, in which the two kinds of sockets alternate; a ratio above 1.0 × means that the
compared sockets took longer than the gateway socket. Memory is the private memory of the server's processes, so the figure of a socket
includes all its ends: those of the client, the gateway, the rooms and the hub. In production, the gateway's part is in an isolate that many
clients share, and the rest is in the isolates of the rooms, so the number of clients is a lower bound. Objects hibernate after ten idle
seconds; the local server runs all of them in one process. Idle sockets are the rooms' own; each of ${figures.rounds} ${figures.rounds === 1 ? "round" : "rounds"} starts new processes, and the
figures are medians.

${socketsTables(figures)
  .map(({ title, rows }) => `### ${title}\n\n${markdown(rows)}`)
  .join("\n\n")}
`;
