import type { Reporter, TestModule } from "vitest/node";

const listed = 12;

/** Lists the slowest files after a run of many. */
// oxlint-disable-next-line import/no-default-export
export default class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length < 2 * listed) return;
    const slowest = modules
      .map((module) => ({ path: module.relativeModuleId, seconds: secondsOf(module) }))
      .toSorted((one, other) => other.seconds - one.seconds)
      .slice(0, listed);
    console.log("  Slowest files, in seconds:");
    for (const { path, seconds } of slowest) console.log(`  ${seconds.toFixed(1).padStart(7)}  ${path}`);
  }
}

function secondsOf(module: TestModule): number {
  const { setupDuration, collectDuration, duration } = module.diagnostic();
  return (setupDuration + collectDuration + duration) / 1_000;
}
