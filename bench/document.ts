import type { Machine } from "./machine.ts";
import { type Report, baseline, columnsOf, rowOf, verdictText } from "./report.ts";
import type { StackName } from "./stack.ts";

export type Facts = {
  machine: Machine;
  date: string;
  commit: string;
  rounds: number;
  seconds: number;
  versions: Record<string, string>;
  notes: string[];
  skipped: string[];
  titles: Map<StackName, string>;
};

/** Generates the whole `docs/bench.md`: nothing in it is written by hand. */
export function document(facts: Facts, { summaries, verdicts, incidents }: Report): string {
  const { machine } = facts;
  const sections = summaries.map(({ cell, byStack }) => {
    const rows = [...byStack].map(([name, summary]) =>
      rowOf(cell, facts.titles.get(name)!, summary, byStack.get(baseline)),
    );
    return `### ${cell.title} (\`${cell.name}\`)\n\n${markdown([columnsOf(cell), ...rows])}`;
  });
  const versions = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`);
  return `# What a message costs

Written by \`npm run bench -- --write\` on ${facts.date}, at commit ${facts.commit}. Do not edit.

Messages in one room. Every stack authenticates, authorizes, validates, stores and acknowledges each message and delivers it to every
socket in the room; the \`ws\` server only delivers, and the minimal object only stores and delivers. All run on the same machine, in ${facts.rounds} ${facts.rounds === 1 ? "round" : "interleaved rounds"} of ${facts.seconds} s a cell
(${facts.seconds * 2.5} s at a fixed rate); figures are medians, ratios are to ${facts.titles.get(baseline) ?? baseline}.

## Targets

${markdown([["", "target", "measured", ""], ...verdicts.map(verdictText)])}

## Figures

${sections.join("\n\n")}

## What went wrong

${incidents.length === 0 ? "Nothing: in every cell each acknowledged message reached every socket once, in order." : list(incidents)}
${facts.skipped.length === 0 ? "" : `\n${list(facts.skipped.map((text) => `Skipped: ${text}`))}\n`}
## Machine

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.kernel}, Node ${machine.node}. ${versions.join(", ")}.
Server and generator share the cores, unpinned; all traffic is on 127.0.0.1.

${list(facts.notes)}

## How to read it

- The load generator is a separate process that uses raw TCP sockets. Of 1,000 sockets, one reads every event and checks that each
  acknowledged message arrives once, in order. The others count bytes from the frame headers, which determine exactly how many messages
  arrived, and must agree with the first one to the byte. A cell is void if the generator used more than 0.95 of a core, or other
  processes on the machine more than 0.15; in the latter case it is repeated.
- CPU is user and system time from \`/proc\`, of all processes of a stack, divided by all deliveries. It is counted until the server is
  idle, so that work which a stack defers until after the acknowledgement is included. Time that the kernel
  spends on the loopback network while a process runs is part of that process's figure.
- An acknowledgement means that the message is committed. Latencies start at the time at which a message was scheduled, so that a late
  sender does not hide latency.
- With messages in flight all the time, the acknowledgement time mostly measures the queue; the fixed-rate cells show latency.
- At a low rate there is nothing to batch, and a frame costs workerd more CPU than Node: the cell with 20 messages/s to 1,000 sockets
  shows this.
`;
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");

/** Formats rows as a Markdown table; the first row contains the column titles. */
export function markdown(rows: readonly string[][]): string {
  const [head, ...body] = rows as [string[], ...string[][]];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = `|${head.map((_, i) => (i === 0 ? "---" : "---:")).join("|")}|`;
  return [line(head), rule, ...body.map((row) => line(head.map((_, i) => row[i] ?? "")))].join("\n");
}
