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

/** `docs/bench.md`, whole: nothing in it is written by hand. */
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

One room. Every stack authenticates, checks and validates, stores and acknowledges each message and delivers it to every
socket in the room; the floor only delivers. All run side by side, in ${facts.rounds} ${facts.rounds === 1 ? "round" : "interleaved rounds"} of ${facts.seconds} s a cell
(${facts.seconds * 2.5} s at a fixed rate); figures are medians, ratios are to ${facts.titles.get(baseline) ?? baseline}.

## Targets

${markdown([["", "wanted", "measured", ""], ...verdicts.map(verdictText)])}

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

- The generator is a process of its own on raw sockets. Of 1,000 sockets one reads every event and checks that each
  acknowledged message came once, in order; the others count bytes by frame headers, which say exactly how many messages
  arrived, and must agree with it to the byte. A cell is void when the generator used more than 0.95 of a core, or anything
  else on the machine more than 0.15; in the latter case it is tried again.
- CPU is user and system time from \`/proc\`, of all processes of a stack, over all deliveries. It runs on until the server has come to
  rest: what a stack puts off until after the acknowledgement is on its bill. Time that the kernel
  spends on the loopback network while a process runs is in that process's figure.
- An acknowledgement means committed. Latencies start when a message was due, so that a late sender hides nothing.
- With messages in flight all the time, acknowledgements mostly measure the queue; latency is what the fixed-rate cells show.
- At a low rate there is nothing to send together, and a frame costs workerd more than Node: that is what 20 messages/s to 1,000
  sockets shows.
`;
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");

/** The first row has the columns. */
export function markdown(rows: readonly string[][]): string {
  const [head, ...body] = rows as [string[], ...string[][]];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = `|${head.map((_, i) => (i === 0 ? "---" : "---:")).join("|")}|`;
  return [line(head), rule, ...body.map((row) => line(head.map((_, i) => row[i] ?? "")))].join("\n");
}
