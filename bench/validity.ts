/** How often a measurement is made until it is valid, and how long it waits for a free machine. */
export type Patience = { attempts: number; idleWaitSeconds: number };

export const fullPatience: Patience = { attempts: 3, idleWaitSeconds: 30 };
export const quickPatience: Patience = { attempts: 2, idleWaitSeconds: 1 };

/** If the load generator uses more of a core than this, it is the bottleneck, and the measurement is void. */
const generatorLimit = 0.95;

/** If other processes use more of a core than this, the measurement is void. */
const othersLimit = 0.15;

/** Returns why a measurement is void; `null` if it is valid. @param use - cores that were used meanwhile */
export function voidReason({ generatorCores = 0, otherCores }: Use): string | null {
  if (generatorCores > generatorLimit)
    return `the load generator used ${generatorCores.toFixed(2)} of a core`;
  return otherCores > othersLimit ? `other processes used ${otherCores.toFixed(2)} of a core` : null;
}
type Use = { generatorCores?: number; otherCores: number };

/** Measures until a run is valid, at most `attempts` times. @returns all runs: those before the last are void */
export async function repeatWhileVoid<Run extends { void: string | null }>(
  { attempts }: Patience,
  measure: (attempt: number) => Promise<Run>,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const run = await measure(attempt);
    runs.push(run);
    if (run.void === null) break;
  }
  return runs;
}
