import { sectionHeadings } from "../section.ts";
import type { TestsFigures } from "./measure.ts";

const minutes = (seconds: number): string => `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

export const testsText = (
  { date, commit }: { date: string; commit: string },
  { installSeconds, testSeconds, cores, tests, passed }: TestsFigures,
): string => `${sectionHeadings.tests}

Measured on ${date}, at commit ${commit}, once, in a new copy of the repository: \`npm ci\` took ${minutes(installSeconds)}, \`npm test\` ${minutes(testSeconds)}
with ${cores.toFixed(1)} cores in use on average. ${passed ? `All ${tests === null ? "" : `${tests.toLocaleString("en")} `}tests passed.` : "Not all tests passed."}
`;
