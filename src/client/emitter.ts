type Listeners<Events> = { [Name in keyof Events]?: Set<(value: Events[Name]) => void> };

/** Listeners by name, with their types. A listener that throws stops no other; its error is reported as uncaught. */
export class Emitter<Events extends { closed: Error }> {
  readonly #listeners: Listeners<Events> = {};

  /** Listens until the returned function is called. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const listeners = (this.#listeners[name] ??= new Set());
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Resolves with the next event that passes; rejects if `closed` is emitted first. */
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
