import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { onTestFinished } from "vitest";
import { type Config, configOf } from "../../../../src/config.ts";
import { advanceClock } from "../fakes/clock.ts";
import { evictObject } from "./room-object.ts";

export const hubStub = (userId: string) => env.HUBS.getByName(userId);

/** Evicts the hub from memory if it is running; its sockets and its storage stay. */
export const evictHub = (userId: string): Promise<void> => evictObject(hubStub(userId));

/** Advances the clock by `ms` and runs the hub's alarm. Returns false if none was set. */
export async function runHubAlarmAfter(userId: string, ms: number): Promise<boolean> {
  advanceClock(ms);
  return runDurableObjectAlarm(hubStub(userId));
}

/** Overrides configuration values in a hub until the test ends. */
export async function setHubConfig(userId: string, vars: Partial<Config>): Promise<void> {
  const set = (values: Partial<Config>): Promise<Config> =>
    runInDurableObject(hubStub(userId), (hub) => {
      const config = configOf((hub as unknown as { env: Env }).env);
      const before = { ...config };
      Object.assign(config, values);
      return before;
    });
  const before = await set(vars);
  onTestFinished(async () => void (await set(before)));
}

/** Returns the rows of one of the hub's tables. */
export function hubRows(userId: string, table: string): Promise<Record<string, unknown>[]> {
  return runInDurableObject(hubStub(userId), (_, { storage }) =>
    storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
  );
}

export function hubTables(userId: string): Promise<string[]> {
  return runInDurableObject(hubStub(userId), (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
      )
      .toArray()
      .map(({ name }) => name),
  );
}

/** Attaches a session's sockets in these rooms, as rooms do before they accept one. */
export async function attachRooms(
  { userId, sessionId }: { userId: string; sessionId: string },
  channelIds: readonly string[],
  via: "client" | "gateway" = "gateway",
): Promise<void> {
  for (const channelId of channelIds) await hubStub(userId).attachSocket(sessionId, channelId, via);
}

/** Returns the user's event log. */
export async function hubLog(userId: string): Promise<{ seq: number; type: string; data: any }[]> {
  const rows = await hubRows(userId, "log");
  return rows.map(({ seq, type, data }) => ({
    seq: Number(seq),
    type: String(type),
    data: JSON.parse(String(data)),
  }));
}

/** Blocks all requests to this user's hub until the returned function is called. */
export async function blockHub(userId: string): Promise<() => void> {
  let held = true;
  let begun = false;
  void runInDurableObject(hubStub(userId), (_, state) =>
    state.blockConcurrencyWhile(async () => {
      begun = true;
      while (held) await scheduler.wait(1);
    }),
  );
  while (!begun) await scheduler.wait(1);
  return () => void (held = false);
}
