import { sectionHeadings } from "../section.ts";

type Facts = { date: string; commit: string; tables: { title: string; table: string }[] };

export const socketsText = ({ date, commit, tables }: Facts): string => `${sectionHeadings.sockets}

Measured on ${date}, at commit ${commit}, in one run. A ratio above 1.0 × says that the other one took longer than the one socket. Memory is
what the server's processes hold for themselves, so a socket's weight is that of all its ends: the client's, the gateway's and those of rooms and
hub. In production the gateway's part lies in an isolate that many clients share, the rest in each room's own, so the last
column errs on the safe side. Objects sleep after ten seconds without anything to do; the local server runs them all in one process.

${tables.map(({ title, table }) => `### ${title}\n\n${table}`).join("\n\n")}
`;
