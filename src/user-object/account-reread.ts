import type { AlarmTask } from "../durable/alarm-scheduler.ts";
import { readOwnAccount } from "../features/users/index.ts";
import { randomToken } from "../lib/ids.ts";
import type { HubState } from "./hub-state.ts";

const firstReadMs = 5_000;
/** D1 ends a write after 30 s: one that was announced this long ago has been committed or never will be. */
const lastReadMs = 60_000;

/** The key of an announced change of the account: when it was announced, in ms since 1970, and a random token. */
export type AccountChangeKey = `account:${string}`;

/**
 * Announces that the account's row in D1 is about to change, and schedules reads of the row.
 *
 * @returns the key of the announcement. The announcer removes its alarm entry when the outcome is known.
 */
export function expectAccountChange(hub: HubState): AccountChangeKey {
  const nowMs = Date.now();
  const key: AccountChangeKey = `account:${nowMs}:${randomToken(9)}`;
  hub.create();
  hub.alarms.set(key, nowMs + firstReadMs);
  return key;
}

/**
 * Reads the account from D1 after an announced change whose outcome was not reported, for example because the announcer
 * crashed. It reads again, at growing intervals, until no write can be in progress any more; while D1 fails, the alarm scheduler
 * retries. Applying a row twice is harmless: an older revision changes nothing.
 */
export class AccountReread implements AlarmTask<AccountChangeKey> {
  readonly #env: Env;
  readonly #hub: HubState;
  readonly #running = new Set<string>();

  constructor(env: Env, hub: HubState) {
    this.#env = env;
    this.#hub = hub;
  }

  async onAlarm(_nowMs: number, key: AccountChangeKey): Promise<void> {
    if (this.#running.has(key)) return;
    this.#running.add(key);
    try {
      await this.#read(key);
    } finally {
      this.#running.delete(key);
    }
  }

  async #read(key: AccountChangeKey): Promise<void> {
    const hub = this.#hub;
    const ageMs = Date.now() - Number(key.split(":")[1]);
    const isLast = ageMs >= lastReadMs;
    const row = await readOwnAccount(this.#env, hub.userId);
    if (row)
      await hub.commitAndCallRooms(() => {
        // First: a file that is reserved as the avatar of this change is settled by `applyAccount` once the key is gone.
        if (isLast) hub.alarms.clear(key);
        return hub.applyAccount(row.account, Date.now(), row.self);
      });
    if (!hub.alarms.has(key)) return;
    if (isLast) hub.alarms.clear(key);
    else hub.alarms.set(key, Date.now() + Math.max(firstReadMs, ageMs));
  }
}
