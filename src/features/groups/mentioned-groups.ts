import type { GroupsByHandle, MentionableGroup } from "../../domain/user-groups.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { within } from "../../lib/parallel.ts";
import { findGroupMembers } from "./queries.ts";

/** How long an isolate caches a group, or that there is none with a handle. */
const ttlMs = 10_000;
/** How long a message waits for D1. */
const databaseTimeoutMs = 1_000;
/** How long D1 is not asked after it failed, so that messages do not wait for it one after another. */
const pauseMs = 5_000;
/** Handles kept in one isolate. A group has up to 500 members of 30 bytes. */
const maxHandles = 500;

interface Entry {
  /** Null: no group has the handle. */
  group: MentionableGroup | null;
  until: number;
}

const entries = new LruMap<string, Entry>(maxHandles);
let pausedUntil = 0;

/**
 * Returns those of the handles that are groups, from memory or from D1.
 *
 * @returns undefined if D1 does not answer. Messages do not depend on it: they are sent without notifying the group.
 */
export async function findMentionedGroups(
  env: Env,
  handles: readonly string[],
): Promise<GroupsByHandle | undefined> {
  const nowMs = Date.now();
  const missing = handles.filter((handle) => !((entries.get(handle)?.until ?? 0) > nowMs));
  if (missing.length > 0 && !(await readGroups(env, missing, nowMs))) return undefined;
  return new Map(
    handles.flatMap((handle) => {
      const group = entries.get(handle)?.group;
      return group ? [[handle, group]] : [];
    }),
  );
}

/** Reads groups into memory. Returns whether D1 answered. */
async function readGroups(env: Env, handles: readonly string[], nowMs: number): Promise<boolean> {
  if (nowMs < pausedUntil) return false;
  try {
    const found = await within(databaseTimeoutMs, findGroupMembers(env, handles));
    for (const handle of handles)
      entries.set(handle, { group: found.get(handle) ?? null, until: Date.now() + ttlMs });
    return true;
  } catch (error) {
    pausedUntil = Date.now() + pauseMs;
    logLine({ level: "warn", message: "group.look_up_failed", error: describeError(error) });
    return false;
  }
}
