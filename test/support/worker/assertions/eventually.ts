/** Ends only waits that hang: a condition that holds soon on an idle machine may take seconds on a busy one. */
const timeoutMs = 20_000;

/**
 * Polls until a condition holds, first every 1 ms, later every 10 ms. It does not await a promise that an object resolves: code after
 * such a promise runs within the object's own task, and an abort from there crashes workerd.
 */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what = "what was waited for",
): Promise<void> {
  const startedAt = performance.now();
  for (let turn = 0; performance.now() - startedAt < timeoutMs; turn++) {
    if (await holds()) return;
    await scheduler.wait(Math.min(10, 1 + Math.floor(turn / 8)));
  }
  throw new Error(`${what} did not happen`);
}
