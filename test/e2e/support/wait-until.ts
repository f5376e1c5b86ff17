import { setTimeout as sleep } from "node:timers/promises";

/** Waits for a condition. Throws with `what` after `seconds`. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 30,
): Promise<void> {
  for (const end = performance.now() + seconds * 1_000; performance.now() < end;) {
    if (await condition()) return;
    await sleep(20);
  }
  throw new Error(`Timeout: waited for ${what}`);
}
