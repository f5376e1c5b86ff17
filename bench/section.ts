/** The sections of `docs/bench.md`, in its order. Each is measured and recorded separately: a run that leaves one out keeps its old figures. */
export const sectionHeadings = {
  throughput: "## Throughput",
  latency: "## Latency at a fixed rate",
  reads: "## Reads",
  sockets: "## Sockets",
  files: "## Files",
  search: "## Search",
  start: "## Start",
  tests: "## Tests",
} as const;
export type SectionName = keyof typeof sectionHeadings;
export const sectionNames = Object.keys(sectionHeadings) as SectionName[];
