import type { AccountFacts } from "../domain/actor.ts";
import { randomToken } from "../lib/ids.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { backoffMs } from "../lib/backoff.ts";
import type { Self } from "../protocol/index.ts";
import type { HubState } from "./hub-state.ts";

/** What the alarm needs besides the hub's own state. */
interface Outside {
  readAccount: () => Promise<{ account: AccountFacts; self: Self } | undefined>;
  runFiles: () => Promise<void>;
}

const firstLookMs = 5_000;
/** A write of D1 lasts 30 s at most: one that was announced this long ago has landed or never will. */
const lastLookMs = 60_000;

/** Notes that the account's row may change at any moment; the key to `clear` when it is known how that went. */
export function expectAccountChange(hub: HubState): string {
  const nowMs = Date.now();
  const key = `account:${nowMs}:${randomToken(9)}`;
  hub.create();
  hub.alarms.set(key, nowMs + firstLookMs);
  return key;
}

/** Runs all that is due. Never throws: the platform would give up after six tries. */
export async function runAlarm(hub: HubState, outside: Outside): Promise<void> {
  for (const key of hub.alarms.dueKeys(Date.now())) {
    try {
      await run(hub, key, outside);
    } catch (error) {
      const attempts = hub.alarms.attempts(key);
      hub.alarms.set(key, Date.now() + backoffMs(attempts, { baseMs: 1_000, capMs: 60_000 }), attempts + 1);
      logLine({
        level: "warn",
        message: "hub alarm failed",
        kind: key.split(":")[0],
        error: describeError(error),
      });
    }
  }
  hub.alarms.arm();
}

async function run(hub: HubState, key: string, { readAccount, runFiles }: Outside): Promise<void> {
  const nowMs = Date.now();
  if (key === "rooms") {
    await hub.roomOutbox.deliver(hub.roomOutbox.due(nowMs));
    hub.scheduleRoomCalls();
  } else if (key === "expiry") {
    await hub.commitAndCallRooms(() => hub.endSessions(hub.sessions.expired(nowMs), nowMs));
    hub.scheduleExpiry();
  } else if (key === "status") {
    hub.presence.update(nowMs, () => {
      hub.chosenStatus.clearExpired(nowMs);
      hub.scheduleStatus(nowMs);
    });
  } else if (key === "idle") {
    hub.presence.update(nowMs, () => hub.alarms.clear(key));
  } else if (key === "files") {
    await runFiles();
  } else if (key.startsWith("account:")) {
    await lookAtAccount(hub, key, readAccount);
  } else {
    hub.alarms.clear(key);
  }
}

/** Nobody told how an announced change went: D1 knows. It is asked until no write can be under way any more. */
async function lookAtAccount(hub: HubState, key: string, readAccount: Outside["readAccount"]): Promise<void> {
  const ageMs = Date.now() - Number(key.split(":")[1]);
  const isLast = ageMs >= lastLookMs;
  const row = await readAccount();
  if (row)
    await hub.commitAndCallRooms(() => {
      // Before: an avatar that waited for this change waits no longer.
      if (isLast) hub.alarms.clear(key);
      return hub.applyAccount(row.account, Date.now(), row.self);
    });
  if (!hub.alarms.has(key)) return;
  if (isLast) hub.alarms.clear(key);
  else hub.alarms.set(key, Date.now() + Math.max(firstLookMs, ageMs));
}
