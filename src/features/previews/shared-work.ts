import { AppError } from "../../errors/app-error.ts";
import { settledWithin } from "../../lib/parallel.ts";

export interface SharedWorkOptions {
  /** Work of all requests at a time. */
  concurrency: number;
  /** Work of one owner at a time: fewer, so that slow servers of one owner's choice leave room for the others. */
  concurrencyPerOwner: number;
  /** Work that takes longer belongs to a request that the platform cancelled. */
  timeoutMs: number;
}

interface Work<T> {
  /** Who causes it: a user or an address; undefined if it is not known. */
  owner: string | undefined;
  start: () => Promise<T>;
  /** Receives the work, which must complete even if the request that started it is cancelled (`waitUntil`). */
  keepAlive: (work: Promise<unknown>) => void;
}

/**
 * Runs work once for all requests of an isolate that ask for the same at the same time, and only so much at a time, since each holds a page or an
 * image in memory.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, { owner: string | undefined; work: Promise<T> }>();
  readonly #options: SharedWorkOptions;

  constructor(options: SharedWorkOptions) {
    this.#options = options;
  }

  /** Waits for running work with this key. Undefined if there is none, or it does not end in time. */
  async join(key: string): Promise<T | undefined> {
    const running = this.#running.get(key)?.work;
    return running && (await settledWithin(running, this.#options.timeoutMs)) ? running : undefined;
  }

  /**
   * Starts work, or joins the same.
   *
   * @throws `unavailable` if too much is running
   */
  async run(key: string, { owner, start, keepAlive }: Work<T>): Promise<T> {
    const joined = await this.join(key);
    if (joined !== undefined) return joined;
    if (this.#isFull(owner))
      throw new AppError({
        code: "unavailable",
        detail: "Too many previews are being fetched; try again",
        retryAfterMs: 1_000,
      });
    const running = start();
    this.#running.set(key, { owner, work: running });
    const end = (): void => {
      if (this.#running.get(key)?.work === running) this.#running.delete(key);
    };
    // If the platform cancels the request, the work never ends.
    const timer = setTimeout(end, this.#options.timeoutMs);
    keepAlive(
      running
        .catch(() => {})
        .finally(() => {
          clearTimeout(timer);
          end();
        }),
    );
    return running;
  }

  #isFull(owner: string | undefined): boolean {
    const { concurrency, concurrencyPerOwner } = this.#options;
    if (this.#running.size >= concurrency) return true;
    if (owner === undefined) return false;
    let own = 0;
    for (const work of this.#running.values()) if (work.owner === owner) own++;
    return own >= concurrencyPerOwner;
  }
}
