import { sectionHeadings } from "../section.ts";

type Facts = { date: string; commit: string; tables: { title: string; table: string }[] };

export const socketsText = ({ date, commit, tables }: Facts): string => `${sectionHeadings.sockets}

Measured on ${date}, at commit ${commit}, in one run. A ratio above 1.0 × means that the compared sockets took longer than the gateway socket.
Memory is the private memory of the server's processes, so the figure of a socket includes all its ends: those of the client, the
gateway, the rooms and the hub. In production, the gateway's part is in an isolate that many clients share, and the rest is in the isolates of the rooms, so the
number of clients is a lower bound. Objects hibernate after ten idle seconds; the local server runs all of them in one process.

${tables.map(({ title, table }) => `### ${title}\n\n${table}`).join("\n\n")}
`;
