/**
 * Asks the user's hub which channels the user has been admitted to. A client that connects subscribes to many channels at once: while one
 * call is in progress, further channels wait and share the next call.
 */
export class KnownChannels {
  readonly #fetchKnown: (channelIds: string[]) => Promise<string[]>;
  #next: { channelIds: Set<string>; answer: Promise<ReadonlySet<string>> } | undefined;
  #lastCall: Promise<unknown> = Promise.resolve();

  /** @param fetchKnown returns those of the channels that the user has been admitted to */
  constructor(fetchKnown: (channelIds: string[]) => Promise<string[]>) {
    this.#fetchKnown = fetchKnown;
  }

  async has(channelId: string): Promise<boolean> {
    this.#next ??= this.#newCall();
    const { channelIds, answer } = this.#next;
    channelIds.add(channelId);
    return (await answer).has(channelId);
  }

  #newCall() {
    const channelIds = new Set<string>();
    const answer = this.#lastCall.then(async () => {
      this.#next = undefined;
      return new Set(await this.#fetchKnown([...channelIds]));
    });
    this.#lastCall = answer.catch(() => {});
    return { channelIds, answer };
  }
}
