import type { Results } from "./results.ts";

/** Lists the wrong results of all sections: lost, repeated or unordered messages, wrong pages, failed tests. */
export function wrongResults({ throughput, latency, reads, tests }: Results): string[] {
  const cells = [throughput, latency].flatMap((section) => section?.figures.runs ?? []);
  return [
    ...cells.flatMap(({ stack, cell, round, problems }) =>
      problems.map((problem) => `${stack}, ${cell}, round ${round}: ${problem}`),
    ),
    ...(reads?.figures.runs ?? []).flatMap(({ stack, read, round, problem }) =>
      problem === null ? [] : [`${stack}, ${read}, round ${round}: ${problem}`],
    ),
    ...(tests && !tests.figures.passed ? ["npm test failed"] : []),
  ];
}
