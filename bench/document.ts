import { type ChartName, chartNames, chartTitles } from "./charts/charts.ts";
import { filesTables } from "./files/report.ts";
import { filesText } from "./files/section.ts";
import { list, markdown } from "./format.ts";
import { cellsText } from "./messages/section.ts";
import { readsText } from "./reads/section.ts";
import type { Provenance, Results } from "./results.ts";
import { searchTables } from "./search/report.ts";
import { searchText } from "./search/section.ts";
import { type SectionName, sectionNames } from "./section.ts";
import { socketsText } from "./sockets/section.ts";
import { startText } from "./start/section.ts";
import { judge, processorOf, verdictColumns, verdictRow } from "./targets.ts";
import { testsText } from "./tests/section.ts";

/** Describes on what a section was measured: it follows "at commit". */
const commitAndMachine = ({ commit, quick, machine }: Provenance): string =>
  `${commit}${quick ? ", in a quick run, whose figures mean little" : ""}, on ${machine.cpu} (${machine.cores} cores)`;

const withMarkdown = (tables: { title: string; rows: string[][] }[]): { title: string; table: string }[] =>
  tables.map(({ title, rows }) => ({ title, table: markdown(rows) }));

/** Generates the text of a recorded section; `null` if it is not recorded. */
function sectionText(name: SectionName, results: Results): string | null {
  const recorded = results[name];
  if (!recorded) return null;
  const facts = { date: recorded.date, commit: commitAndMachine(recorded) };
  const { throughput, latency, reads, sockets, files, search, start, tests } = results;
  const texts: Record<SectionName, () => string> = {
    throughput: () => cellsText("throughput", facts, throughput!.figures),
    latency: () => cellsText("latency", facts, latency!.figures),
    reads: () => readsText(facts, reads!.figures),
    sockets: () => socketsText(facts, sockets!.figures),
    files: () => filesText({ ...facts, tables: withMarkdown(filesTables(files!.figures)) }, files!.figures),
    search: () =>
      searchText({ ...facts, tables: withMarkdown(searchTables(search!.figures)) }, search!.figures),
    start: () => startText(facts, start!.figures),
    tests: () => testsText(facts, tests!.figures),
  };
  return [texts[name]().trimEnd(), notesOf(recorded)].filter(Boolean).join("\n\n");
}

function notesOf({ machine, versions, notes, skipped }: Provenance): string {
  const all = [
    ...notes,
    ...skipped.map((text) => `Skipped: ${text}`),
    `${machine.memoryGb} GB, ${machine.kernel}, Node ${machine.node}, ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
  ];
  return list(all);
}

/** Generates the texts of the recorded sections, in the order of the document. */
export const sectionTexts = (results: Results): Map<SectionName, string> =>
  new Map(
    sectionNames.flatMap((name) => {
      const text = sectionText(name, results);
      return text === null ? [] : [[name, text]];
    }),
  );

/** Generates `docs/bench.md` from the recorded sections: nothing in it is written by hand. */
export function documentOf(results: Results): string {
  const sections = [...sectionTexts(results)].map(([name, text]) =>
    (chartNames as readonly string[]).includes(name) ? withChart(text, name as ChartName) : text,
  );
  return `# Benchmark

Generated from [bench/results.json](bench/results.json) by \`npm run bench -- --write\`. Do not edit.

Parley is compared with Express + Socket.IO + PostgreSQL, with a \`ws\` server that stores nothing, and where it helps with the part of
Cloudflare's local runtime that Parley uses. All servers run on the same machine and are measured in turn. Each section states when, at
which commit and on which processor it was measured.

## Targets

Ratios to Express + Socket.IO + PostgreSQL, unless the row names something else. ${processorGoals(results)}

${markdown([verdictColumns, ...judge(results).map(verdictRow)])}

${sections.join("\n\n")}

## How to read it

- Server and load generator share the cores, unpinned; all traffic is on 127.0.0.1. A measurement is void if the generator used more than
  0.95 of a core, if other processes on the machine used more than 0.15, or if a result was wrong. It is made up to three times; void runs are
  listed and do not count.
- The load generator is a separate process that uses raw TCP sockets. Of 1,000 sockets, one reads every event and checks that each
  acknowledged message arrives once, in order. The others count bytes from the frame headers, which determine exactly how many messages
  arrived, and must agree with the first one to the byte.
- CPU is user and system time from \`/proc\`, of all processes of a stack, divided by all deliveries or reads. In a room it is counted until
  the server is idle, so that work which a stack defers until after the acknowledgement is included. Time that the kernel spends on the
  loopback network while a process runs is part of that process's figure.
- With messages in flight all the time, the acknowledgement time mostly measures the queue; the cells with a fixed rate show latency.
`;
}

/** Says for which processor the goals are that depend on it. */
export function processorGoals({ throughput }: Results): string {
  if (!throughput) return "Goals for deliveries/s depend on the processor.";
  const { cpu } = throughput.machine;
  const processor = processorOf(cpu);
  return processor === null
    ? `Goals for deliveries/s depend on the processor, and there are none for ${cpu}.`
    : `Goals for deliveries/s depend on the processor: these are for ${processor}.`;
}

/** Inserts the chart of a section below its first paragraph. */
function withChart(text: string, name: ChartName): string {
  const [heading, paragraph, ...rest] = text.split("\n\n");
  return [heading, paragraph, `![${chartTitles[name]}](bench/${name}.svg)`, ...rest].join("\n\n");
}
