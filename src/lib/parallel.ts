/**
 * Maps items with at most `concurrency` calls of `work` at a time, and returns the results in the order of the items.
 * When a call throws, the promise rejects with that error; calls in progress continue.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results = Array.from<Result>({ length: items.length });
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}

/**
 * Waits for `work`, but no longer than `timeoutMs`. The work itself is not cancelled.
 *
 * @throws what `makeError` returns, when the time is up; or what `work` rejects with
 */
export async function within<T>(
  timeoutMs: number,
  work: Promise<T>,
  makeError: () => Error = () => new Error(`No answer within ${timeoutMs} ms`),
): Promise<T> {
  let result: { value: T } | undefined;
  const done = work.then((value) => {
    result = { value };
  });
  if (!(await settledWithin(done, timeoutMs)) || !result) throw makeError();
  return (result as { value: T }).value;
}

/**
 * Waits for `work`, but no longer than `timeoutMs`. The work itself is not cancelled.
 *
 * @returns whether `work` was fulfilled in time. Where it rejects in time, so does this.
 */
export async function settledWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([work.then(() => true as const), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
