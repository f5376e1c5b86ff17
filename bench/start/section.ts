import { list, markdown } from "../format.ts";
import { sectionHeadings } from "../section.ts";
import type { StartFigures } from "./measure.ts";
import { starterTitles } from "./plan.ts";
import { startTable } from "./report.ts";

export function startText({ date, commit }: { date: string; commit: string }, figures: StartFigures): string {
  const { rounds, runs } = figures;
  const incidents = runs.flatMap(({ round, starter, void: reason }) =>
    reason === null ? [] : [`Void: ${starterTitles[starter]}, round ${round}: ${reason}`],
  );
  return `${sectionHeadings.start}

Measured on ${date}, at commit ${commit}, in ${rounds} ${rounds === 1 ? "round" : "interleaved rounds"}; the figures are medians of the valid rounds. "Ready" is the time from the command to
the first answer of \`/v1/health\`. \`npm run dev\` starts in a new copy of the repository after \`npm ci\`, without keys, databases and caches;
\`npx wrangler dev\` starts in a copy that \`npm run setup\` prepared. Then a user sends 50 messages, SIGKILL ends all processes of the
server, and the same command restarts it.

${markdown(startTable(figures))}
${incidents.length === 0 ? "" : `\n${list(incidents)}\n`}`;
}
