import { list, markdown } from "../format.ts";
import { sectionHeadings } from "../section.ts";
import { stackTitles } from "../stack.ts";
import type { ReadsFigures } from "./measure.ts";
import { readsTables } from "./report.ts";

type Facts = { date: string; commit: string };

export function readsText({ date, commit }: Facts, figures: ReadsFigures): string {
  const { rounds, reads, runs, notes } = figures;
  const valid = runs.filter((run) => run.void === null);
  const others = Math.max(0, ...valid.map(({ otherCores }) => otherCores));
  const incidents = runs.flatMap(({ stack, read, reader, round, void: reason }) =>
    reason === null
      ? []
      : [`Void: ${stackTitles[stack]}, ${read}, reader \`${reader}\`, round ${round}: ${reason}`],
  );
  return `${sectionHeadings.reads}

Measured on ${date}, at commit ${commit}: REST over one keep-alive connection, one read after the other, ${reads} in each of ${rounds}
${rounds === 1 ? "round" : "interleaved rounds"}; the figures are medians of the valid rounds. Both stacks verify the token and authorize the reader. The reader with a socket
is a client as an app has it: its session also has an open socket that is subscribed to the channel (Parley's shared socket, or a
Socket.IO connection). The reader without a socket is another member. Pages in the middle begin at 100 different messages. Parley returns
whole messages, the other stack the six columns that it has. Ratios compare readers of the same kind.

${readsTables(figures)
  .map(({ title, rows }) => `### ${title}\n\n${markdown(rows)}`)
  .join("\n\n")}

${list([...notes, `Other processes on the machine used at most ${others.toFixed(2)} of a core in a valid run.`, ...incidents])}
`;
}
