/**
 * Asks the user's hub which channels it holds. A client that connects subscribes to many channels at once: while one call is under way,
 * further channels wait for the next call and share it.
 */
export class KnownChannels {
  readonly #ask: (channelIds: string[]) => Promise<string[]>;
  #next: { channelIds: Set<string>; answer: Promise<ReadonlySet<string>> } | undefined;
  #lastCall: Promise<unknown> = Promise.resolve();

  constructor(ask: (channelIds: string[]) => Promise<string[]>) {
    this.#ask = ask;
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
      return new Set(await this.#ask([...channelIds]));
    });
    this.#lastCall = answer.catch(() => {});
    return { channelIds, answer };
  }
}
