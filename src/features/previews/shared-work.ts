import { AppError } from "../../errors/app-error.ts";
import { settledWithin } from "../../lib/parallel.ts";

/**
 * Runs work once for all requests of an isolate that ask for the same at the same time, and at most `concurrency` at a time, since each holds
 * a page or an image in memory.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Promise<T>>();
  readonly #concurrency: number;
  readonly #timeoutMs: number;

  /** @param options `timeoutMs`: work that takes longer belongs to a request that the platform cancelled */
  constructor({ concurrency, timeoutMs }: { concurrency: number; timeoutMs: number }) {
    this.#concurrency = concurrency;
    this.#timeoutMs = timeoutMs;
  }

  /** Waits for running work with this key. Undefined if there is none, or it does not end in time. */
  async join(key: string): Promise<T | undefined> {
    const running = this.#running.get(key);
    return running && (await settledWithin(running, this.#timeoutMs)) ? running : undefined;
  }

  /**
   * Starts work, or joins the same.
   *
   * @param keepAlive receives the work, which must complete even if the request that started it is cancelled (`waitUntil`)
   * @throws `unavailable` if too much is running
   */
  async run(key: string, work: () => Promise<T>, keepAlive: (work: Promise<unknown>) => void): Promise<T> {
    const joined = await this.join(key);
    if (joined !== undefined) return joined;
    if (this.#running.size >= this.#concurrency)
      throw new AppError({
        code: "unavailable",
        detail: "Too many previews are being fetched; try again",
        retryAfterMs: 1_000,
      });
    const running = work();
    this.#running.set(key, running);
    const end = (): void => {
      if (this.#running.get(key) === running) this.#running.delete(key);
    };
    // If the platform cancels the request, the work never ends.
    const timer = setTimeout(end, this.#timeoutMs);
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
}
