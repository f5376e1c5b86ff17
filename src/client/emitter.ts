type Listeners<Events> = { [Name in keyof Events]?: Set<(value: Events[Name]) => void> };

/** Listeners by name, with their types. A listener that throws stops no other; its error is reported as uncaught. */
export class Emitter<Events> {
  readonly #listeners: Listeners<Events> = {};

  /** Listens until the returned function is called. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const listeners = (this.#listeners[name] ??= new Set());
    listeners.add(listener);
    return () => listeners.delete(listener);
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
