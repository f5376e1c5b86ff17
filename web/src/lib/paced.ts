/**
 * Returns a function that runs `run` before the next frame is drawn, but `intervalMs` after its last run at the earliest: many calls in a short time
 * become one run. A hidden page draws no frames; there, `run` waits for the interval alone.
 */
export function paced(run: () => void, intervalMs: number): () => void {
  let isScheduled = false;
  let lastRunAt = -Infinity;
  const runNow = (): void => {
    isScheduled = false;
    lastRunAt = performance.now();
    run();
  };
  const runAtFrame = (): void => {
    if (document.visibilityState === "hidden") runNow();
    else requestAnimationFrame(runNow);
  };
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    const isHidden = document.visibilityState === "hidden";
    const waitMs = isHidden ? intervalMs : lastRunAt + intervalMs - performance.now();
    if (waitMs > 0) setTimeout(runAtFrame, waitMs);
    else runAtFrame();
  };
}
