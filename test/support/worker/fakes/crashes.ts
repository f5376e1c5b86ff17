import { abortAllDurableObjects } from "cloudflare:test";
import { type Failpoint, onFailpoint, SimulatedCrash } from "../../../../src/lib/failpoint.ts";

/** Crashes at the next pass through this failpoint, and only there; memory is kept. */
export function crashOnceAt(point: Failpoint): void {
  onFailpoint((reached) => {
    if (reached !== point) return;
    onFailpoint(undefined);
    throw new SimulatedCrash(`Crashed at ${point}`);
  });
}

interface CrashOptions {
  /** Called at each pass: true lets the code continue. */
  spare?: (() => boolean) | undefined;
  /** Awaited between the crash and the loss of memory, during which sent messages may still arrive. */
  meanwhile?: (() => Promise<unknown>) | undefined;
}

/** Crashes when the code reaches `point`, then aborts all objects. Resolves once they are aborted. */
export async function crashAt(point: Failpoint, { spare, meanwhile }: CrashOptions = {}): Promise<void> {
  let reached = false;
  onFailpoint((at) => {
    if (at !== point || spare?.()) return;
    // A crashed room must not notify hubs in the moment before its memory is lost.
    onFailpoint((later) => {
      if (later === "room:before-expand") throw new SimulatedCrash(later);
    });
    reached = true;
    throw new SimulatedCrash(point);
  });
  // Polled from outside, since an abort from within the object's own task crashes workerd.
  while (!reached) await scheduler.wait(1);
  // Leaves time for committed writes to reach the disk; uncommitted ones never do.
  await scheduler.wait(5);
  await meanwhile?.();
  await abortAllDurableObjects();
  onFailpoint(undefined);
}
