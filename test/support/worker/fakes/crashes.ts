import { abortAllDurableObjects } from "cloudflare:test";
import { type Failpoint, onFailpoint, SimulatedCrash } from "../../../../src/lib/failpoint.ts";

/** The next pass through this failpoint throws; those after it do not. */
export function crashOnceAt(point: Failpoint): void {
  onFailpoint((reached) => {
    if (reached !== point) return;
    onFailpoint(undefined);
    throw new SimulatedCrash(`Died at ${point}`);
  });
}

interface Death {
  /** Asked each time at the point: whether to pass alive. */
  spare?: (() => boolean) | undefined;
  /** What is still waited for between the death and the loss of memory: what was sent may arrive or not. */
  meanwhile?: (() => Promise<unknown>) | undefined;
}

/** The code dies when it comes to `point`, and the objects' memory with it. Resolves once they are gone. */
export async function crashAt(point: Failpoint, { spare, meanwhile }: Death = {}): Promise<void> {
  let reached = false;
  onFailpoint((at) => {
    if (at !== point || spare?.()) return;
    // What is dead tells no hub in the moment before its memory goes.
    onFailpoint((later) => {
      if (later === "room:before-expand") throw new SimulatedCrash(later);
    });
    reached = true;
    throw new SimulatedCrash(point);
  });
  // Looked for from outside, since an abort from within the object's own task takes workerd along.
  while (!reached) await scheduler.wait(1);
  // What was committed in that moment reaches the disk; what was not never does.
  await scheduler.wait(5);
  await meanwhile?.();
  await abortAllDurableObjects();
  onFailpoint(undefined);
}
