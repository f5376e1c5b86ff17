interface Batch {
  nextCursor: string | null;
  /** How many of the batch could not be started: it is requested again. */
  failed?: number;
}

/** How often a batch with failures is requested. */
const maxAttempts = 3;

/** Requests all batches of a list, one after the other. `onBatch` is called once for each. */
export async function walkBatches<Result extends Batch>(
  request: (query: { cursor?: string }) => Promise<Result>,
  onBatch: (batch: Result) => void,
): Promise<void> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = cursor === undefined ? {} : { cursor };
    let batch = await request(query);
    for (let attempt = 1; batch.failed && attempt < maxAttempts; attempt++) batch = await request(query);
    onBatch(batch);
    cursor = batch.nextCursor;
  }
}
