import { within } from "../../../lib/parallel.ts";
import { listCommandNames } from "../registry.ts";

/** How long an isolate uses its list. For this long a message that begins with the name of a new command is posted as text. */
const ttlMs = 5_000;
const databaseTimeoutMs = 2_000;
/** How long D1 is not queried again after a failure, so that not every message waits for it. */
const retryMs = 2_000;

/** The names of the commands of active bots, as this isolate last read them. */
class KnownNames {
  #names: ReadonlySet<string> | undefined;
  #until = 0;
  #version = 0;

  /**
   * Returns whether a bot's command has this name. While D1 does not answer, the last list counts: a message can be sent all the same, and a command
   * that this isolate has seen is not posted as text.
   */
  async includes(env: Env, name: string): Promise<boolean> {
    const nowMs = Date.now();
    if (nowMs >= this.#until) {
      // Requests that arrive in the meantime use the list as it is.
      if (this.#names) this.#until = nowMs + databaseTimeoutMs;
      await this.#read(env);
    }
    return this.#names?.has(name) ?? false;
  }

  /** Reads the list again before its next use, because this isolate has changed it. */
  forget(): void {
    this.#version++;
    this.#until = 0;
  }

  async #read(env: Env): Promise<void> {
    const version = this.#version;
    try {
      const names = await within(databaseTimeoutMs, listCommandNames(env));
      if (version !== this.#version) return;
      this.#names = new Set(names);
      this.#until = Date.now() + ttlMs;
    } catch {
      this.#until = Date.now() + retryMs;
    }
  }
}

export const knownNames = new KnownNames();
