import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { getUsers, type ParleyClient, type User } from "../../../src/client/index.ts";

/** Ids that one request resolves. */
const maxIds = 200;
/** How long ids are collected for one request, in ms. */
const collectMs = 10;

/** The users that the page shows, fetched by id when first needed: all of a moment in one request. */
export class Users {
  readonly #client: ParleyClient;
  readonly #users = new Map<string, Signal<User | undefined>>();
  readonly #wanted = new Set<string>();
  #isScheduled = false;

  constructor(client: ParleyClient) {
    this.#client = client;
  }

  /** Returns a user; undefined until they are fetched, and for an unknown id. */
  get(userId: string): ReadonlySignal<User | undefined> {
    const known = this.#users.get(userId);
    if (known) return known;
    const added = signal<User | undefined>();
    this.#users.set(userId, added);
    this.#wanted.add(userId);
    this.#fetchSoon();
    return added;
  }

  /** Returns the name to show; a placeholder until the user is fetched. */
  nameOf(userId: string): string {
    return this.get(userId).value?.displayName ?? "…";
  }

  put(users: readonly User[]): void {
    for (const user of users) {
      const known = this.#users.get(user.id);
      if (known) known.value = user;
      else this.#users.set(user.id, signal(user));
    }
  }

  /** All users that were fetched. */
  get known(): User[] {
    return [...this.#users.values()].flatMap(({ value }) => value ?? []);
  }

  /** Fetches all known users again, after a time without events. */
  refresh(): void {
    for (const id of this.#users.keys()) this.#wanted.add(id);
    this.#fetchSoon();
  }

  #fetchSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => void this.#fetch(), collectMs);
  }

  async #fetch(): Promise<void> {
    this.#isScheduled = false;
    const ids = [...this.#wanted];
    this.#wanted.clear();
    for (let at = 0; at < ids.length; at += maxIds) {
      const some = ids.slice(at, at + maxIds);
      try {
        const { items } = await this.#client.call(getUsers, { query: { ids: some, limit: 100 } });
        this.put(items);
      } catch {
        // Without a network: the next use of the page fetches them again.
        for (const id of some) if (this.#users.get(id)?.value === undefined) this.#users.delete(id);
      }
    }
  }
}
