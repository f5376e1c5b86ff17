import { AppError } from "../../errors/app-error.ts";
import { LruMap } from "../../lib/lru-map.ts";
import { within } from "../../lib/parallel.ts";
import { findEmojiRow } from "./queries.ts";

/** How long an isolate caches that an emoji exists. A deleted one can be added to messages for this long. */
const knownTtlMs = 60_000;
/** How long it caches that there is none: short, so that a new emoji can be used soon after a misspelt attempt. */
const unknownTtlMs = 2_000;
const databaseTimeoutMs = 2_000;
/** Names kept in one isolate. */
const maxNames = 2_000;

interface Entry {
  exists: boolean;
  until: number;
}

const entries = new LruMap<string, Entry>(maxNames);

/**
 * Returns whether there is a custom emoji, from memory or from D1. While D1 does not answer, an emoji that this isolate has seen before
 * counts as existing.
 *
 * @throws `unavailable` if D1 does not answer for any other name
 */
export async function isKnownEmoji(env: Env, name: string): Promise<boolean> {
  const entry = entries.get(name);
  if (entry && Date.now() < entry.until) return entry.exists;
  try {
    const exists = (await within(databaseTimeoutMs, findEmojiRow(env, name))) !== undefined;
    entries.set(name, { exists, until: Date.now() + (exists ? knownTtlMs : unknownTtlMs) });
    return exists;
  } catch {
    if (entry?.exists) return true;
    throw new AppError({
      code: "unavailable",
      detail: "The list of custom emoji can't be read at the moment; try again",
      retryAfterMs: 2_000,
    });
  }
}

/** Removes an emoji that was just created or deleted from the cache of this isolate. */
export const forgetEmoji = (name: string): void => entries.delete(name);
