type Listeners<Events> = { [Name in keyof Events]?: Set<(value: Events[Name]) => void> };

/** A typed event emitter. An error of one listener does not affect others; it is reported as an uncaught error. */
export class Emitter<Events extends { closed: Error }> {
  readonly #listeners: Listeners<Events> = {};

  /**
   * Adds a listener.
   *
   * @returns a function that removes it
   */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const listeners = (this.#listeners[name] ??= new Set());
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Resolves at the next event that passes; rejects with the error of `closed` if that is emitted first. */
  async until<Name extends keyof Events>(
    name: Name,
    passes: (value: Events[Name]) => boolean,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stops = [this.on(name, (value) => passes(value) && resolve()), this.on("closed", reject)];
    await promise.finally(() => stops.forEach((stop) => stop()));
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of Array.from(this.#listeners[name] ?? [])) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
