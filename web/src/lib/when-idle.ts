/** How long after the call `run` is called at the latest, in ms. */
const timeoutMs = 5_000;
/** Without `requestIdleCallback`, as in Safari: long enough for the first rendering, in ms. */
const delayMs = 500;

/** Calls a function once the page has nothing else to do. Returns a function that cancels the call. */
export function whenIdle(run: () => void): () => void {
  if (!("requestIdleCallback" in globalThis)) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: timeoutMs });
  return () => cancelIdleCallback(handle);
}
