/**
 * Polls until a condition holds. It does not await a promise that an object resolves: code after such a promise runs within the
 * object's own task, and an abort from there crashes workerd.
 */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what = "what was waited for",
): Promise<void> {
  for (let turn = 0; turn < 5_000; turn++) {
    if (await holds()) return;
    await scheduler.wait(1);
  }
  throw new Error(`${what} did not happen`);
}
