import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { Died, type Failpoint, onFailpoint } from "../../../src/core/failpoint.ts";

export const hubOf = (userId: string) => env.HUBS.getByName(userId);

/** Takes the hub out of memory; its sockets and its storage stay. */
export const evictHub = (userId: string): Promise<void> => evictDurableObject(hubOf(userId));

/** Moves the clock: of the Worker, of the objects and of the tests. Put it back by `vi.useRealTimers()`. */
export function later(ms: number): void {
  const nowMs = Date.now() + ms;
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
}

/** Runs the hub's alarm `ms` from now. False: none was set. */
export async function alarmAfter(userId: string, ms: number): Promise<boolean> {
  later(ms);
  return runDurableObjectAlarm(hubOf(userId));
}

/** The rows of one of the hub's tables. */
export function hubRows(userId: string, table: string): Promise<Record<string, unknown>[]> {
  return runInDurableObject(hubOf(userId), (_, { storage }) =>
    storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
  );
}

export function hubTables(userId: string): Promise<string[]> {
  return runInDurableObject(hubOf(userId), (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
      )
      .toArray()
      .map(({ name }) => name),
  );
}

/** The next pass through this failpoint throws; those after it do not. */
export function dieOnceAt(point: Failpoint): void {
  onFailpoint((reached) => {
    if (reached !== point) return;
    onFailpoint(undefined);
    throw new Died(`Died at ${point}`);
  });
}
