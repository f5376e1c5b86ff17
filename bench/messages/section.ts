import { list, markdown } from "../format.ts";
import { sectionHeadings } from "../section.ts";
import { cellsOf, windowSeconds } from "./cells.ts";
import type { CellsFigures } from "./measure.ts";
import { cellsTables, incidentsOf } from "./report.ts";

type Facts = { date: string; commit: string };

const introductions = {
  throughput: `messages in one room, as many as the server can process. Every stack authenticates, authorizes,
validates, stores and acknowledges each message and delivers it to every socket in the room; the \`ws\` server only delivers.`,
  latency: `messages in one room at a fixed rate. Latencies start at the time at which a message was scheduled, so that
a late sender does not hide latency. An acknowledgement means that the message is committed. The minimal Durable Object stores each
message and sends it to every socket, without accounts, validation and projections: it shows what workerd itself takes.`,
};

export function cellsText(
  name: "throughput" | "latency",
  { date, commit }: Facts,
  figures: CellsFigures,
): string {
  const cells = cellsOf[name];
  const window = windowSeconds(cells[0]!, figures.seconds);
  const incidents = incidentsOf(figures.runs);
  return `${sectionHeadings[name]}

Measured on ${date}, at commit ${commit}: ${introductions[name]}
${figures.rounds} ${figures.rounds === 1 ? "round" : "interleaved rounds"} of ${window} s; the figures are medians of the valid rounds, ratios are to Express + Socket.IO + PostgreSQL.

${cellsTables(figures, cells)
  .map(({ title, rows }) => `### ${title}\n\n${markdown(rows)}`)
  .join("\n\n")}

${incidents.length === 0 ? "In every run each acknowledged message reached every socket once, in order, and no run was void." : list(incidents)}
`;
}
