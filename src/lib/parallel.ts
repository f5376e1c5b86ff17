/** Runs `work` on every item, at most `width` at a time. `work` sees to its own failures; the first that throws ends it. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}

/**
 * Waits for `work`, at most `timeoutMs`. The work itself is not ended.
 *
 * @throws what `late` makes, when the work takes longer
 */
export async function within<T>(
  timeoutMs: number,
  work: Promise<T>,
  late: () => Error = () => new Error(`No answer within ${timeoutMs} ms`),
): Promise<T> {
  let result: { value: T } | undefined;
  const done = work.then((value) => {
    result = { value };
  });
  if (!(await settledWithin(done, timeoutMs)) || !result) throw late();
  return (result as { value: T }).value;
}

/** Waits for `work`, but no longer than `timeoutMs`; tells whether it was done by then. */
export async function settledWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
