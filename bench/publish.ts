import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { chartNames, chartsOf } from "./charts/charts.ts";
import { documentOf } from "./document.ts";
import { withReadmeTable } from "./readme.ts";
import { type Provenance, readResults, type Results } from "./results.ts";
import { sectionNames } from "./section.ts";

const root = new URL("../", import.meta.url);
export const recordedFile = new URL("docs/bench/results.json", root);

/** Writes the figures of a run to `bench/results`; returns the file's path in the repository. */
export function keepRun(results: Results): string {
  mkdirSync(new URL("bench/results", root), { recursive: true });
  const path = `bench/results/${new Date().toISOString().replaceAll(":", "-").slice(0, 19)}.json`;
  writeFileSync(new URL(path, root), `${JSON.stringify(results, null, 2)}\n`);
  return path;
}

/** Records the measured sections; others keep their figures. @returns which measured sections are not recorded, and why */
export function record(measured: Results): string[] {
  const recorded = readResults(recordedFile);
  const { results, rejected } = merge(recorded, measured);
  mkdirSync(new URL(".", recordedFile), { recursive: true });
  writeFileSync(recordedFile, `${JSON.stringify(results, null, 2)}\n`);
  return rejected;
}

/** Replaces sections by those of a new run, unless the new figures are worth less. */
export function merge(recorded: Results, measured: Results): { results: Results; rejected: string[] } {
  const results: Results = { ...recorded };
  const rejected: string[] = [];
  for (const name of sectionNames) {
    const section = measured[name];
    if (!section) continue;
    const reason = whyNot(recorded[name], section);
    if (reason === null) Object.assign(results, { [name]: section });
    else rejected.push(`${name}: ${reason}`);
  }
  return { results, rejected };
}

function whyNot(before: Provenance | undefined, { quick, skipped }: Provenance): string | null {
  if (before === undefined) return null;
  if (quick && !before.quick) return "a quick run does not replace figures of a full run";
  return skipped.length > 0 ? `not all stacks were measured (${skipped.join("; ")})` : null;
}

/** Generates `docs/bench.md`, the charts and the README's table from the recorded sections. @returns the files' paths */
export function render(): string[] {
  const files = generatedFiles(readResults(recordedFile), readFileSync(new URL("README.md", root), "utf8"));
  for (const name of chartNames) rmSync(new URL(`docs/bench/${name}.svg`, root), { force: true });
  for (const [path, text] of files) writeFileSync(new URL(path, root), text);
  return [...files.keys()];
}

/** Generates the texts of all files that show recorded figures, by path; none if no section is recorded. */
export function generatedFiles(results: Results, readme: string): Map<string, string> {
  if (Object.keys(results).length === 0) return new Map();
  const charts = [...chartsOf(results)].map(([name, svg]) => [`docs/bench/${name}.svg`, svg] as const);
  return new Map([
    ["docs/bench.md", documentOf(results)],
    ["README.md", withReadmeTable(readme, results)],
    ...charts,
  ]);
}
