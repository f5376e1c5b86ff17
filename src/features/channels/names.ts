import { and, asc, eq, isNull, lt } from "drizzle-orm";
import { reject } from "../../errors/app-error.ts";
import { foldKey } from "../../text/fold-key.ts";
import { randomToken } from "../../lib/ids.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import {
  accountDatabase,
  channelDirectory,
  channelMembers,
  channelNames,
  channels,
  isUniqueViolation,
} from "../../db/index.ts";
import type { NameClaim } from "./decide.ts";

/** A claim that no room has confirmed for this long was left by a crash, or its room is about to confirm it: ask. */
const claimGraceMs = 10_000;
/** A claim has to reach its room well before somebody may doubt it: one that was slower might be another's by then. */
const claimTtlMs = 5_000;
const staleClaimAgeMs = 600_000;
const maxClaimsPerRun = 50;

/**
 * Reserves a name for a public channel, before its room is called, and returns the claim and until when a room accepts it. Only live
 * public channels hold names, so a `conflict` tells of nothing hidden.
 *
 * @param isNew Enters the channel into the directory too.
 * @param held Returns the claim that the room of an older channel bears.
 * @throws `conflict` where another channel holds the name.
 */
export async function claimName(
  env: Env,
  channelId: string,
  name: string,
  { isNew = false, held }: { isNew?: boolean; held?: () => string | null } = {},
): Promise<NameClaim> {
  const db = accountDatabase(env);
  for (let attempt = 1; ; attempt++) {
    const row = { nameKey: foldKey(name), channelId, claim: randomToken(12), claimedAt: Date.now() };
    try {
      const insert = db.insert(channelNames).values(row);
      await (isNew
        ? db.batch([
            db.insert(channelDirectory).values({ channelId, createdAt: row.claimedAt }).onConflictDoNothing(),
            insert,
          ])
        : insert);
      return { nameKey: row.nameKey, claim: row.claim, untilMs: row.claimedAt + claimTtlMs };
    } catch (error) {
      if (!isUniqueViolation(error, "channel_names.name_key")) throw error;
      if (attempt > 1 || !(await releaseIfAbandoned(env, row, held))) rejectName();
    }
  }
}

/** Lets a claim go that came to nothing. If this fails too, the sweep does it. */
export async function releaseClaim(env: Env, { claim }: Pick<NameClaim, "claim">): Promise<void> {
  await accountDatabase(env).delete(channelNames).where(eq(channelNames.claim, claim));
}

/**
 * Rejects the name of a live private channel that this user made and is in: mostly it is a creation sent again because its answer was
 * lost. Only by what the record has, so that two at once make two channels; private channels may share a name.
 *
 * @throws `conflict`
 */
export async function rejectDuplicatePrivateName(env: Env, userId: string, name: string): Promise<void> {
  const row = await accountDatabase(env)
    .select({ id: channels.id })
    .from(channelMembers)
    .innerJoin(channels, eq(channels.id, channelMembers.channelId))
    .where(
      and(
        eq(channelMembers.userId, userId),
        eq(channels.createdBy, userId),
        eq(channels.type, "private"),
        eq(channels.nameKey, foldKey(name)),
        isNull(channels.archivedAt),
      ),
    )
    .limit(1)
    .get();
  if (row) rejectName();
}

function rejectName(): never {
  return reject("conflict", "This name can't be used", {
    issues: [{ path: "name", message: "It can't be used; choose another" }],
  });
}

/**
 * Enters a private channel into the directory. A crash before its room is made leaves the row of a channel without a log, as for a direct
 * message: maintenance skips it.
 */
export async function addToDirectory(env: Env, channelId: string): Promise<void> {
  await accountDatabase(env)
    .insert(channelDirectory)
    .values({ channelId, createdAt: Date.now() })
    .onConflictDoNothing();
}

/** Removes what was written for a new channel whose room was not made. */
export async function discardReservations(
  env: Env,
  channelId: string,
  nameClaim: Pick<NameClaim, "claim"> | null,
): Promise<void> {
  const db = accountDatabase(env);
  const leave = db.delete(channelDirectory).where(eq(channelDirectory.channelId, channelId));
  if (!nameClaim) await leave;
  else await db.batch([leave, db.delete(channelNames).where(eq(channelNames.claim, nameClaim.claim))]);
}

async function releaseIfAbandoned(
  env: Env,
  { nameKey, channelId }: { nameKey: string; channelId: string },
  held: (() => string | null) | undefined,
): Promise<boolean> {
  const [row] = await accountDatabase(env).select().from(channelNames).where(eq(channelNames.nameKey, nameKey));
  if (!row) return true;
  // Confirmed, it was the room's own once; the record has not heard yet that the room let it go.
  if (row.channelId === channelId && row.confirmed && held && row.claim !== held()) {
    await releaseClaim(env, row);
    return true;
  }
  if (row.confirmed || row.claimedAt > Date.now() - claimGraceMs) return false;
  return confirmOrRelease(env, row);
}

/** Asks the room whether it holds the claim: confirms it or deletes it. True when the name is free now. */
async function confirmOrRelease(
  env: Env,
  { channelId, claim }: { channelId: string; claim: string },
): Promise<boolean> {
  const db = accountDatabase(env);
  const { holds, exists } = await callObject(() => roomOf(env, channelId).holdsClaim(claim));
  if (holds) await db.update(channelNames).set({ confirmed: true }).where(eq(channelNames.claim, claim));
  else await releaseClaim(env, { claim });
  if (!exists) await db.delete(channelDirectory).where(eq(channelDirectory.channelId, channelId));
  return !holds;
}

/** Settles claims that a crash left behind; for the hourly cron. Returns how many it looked at. */
export async function resolveStaleClaims(env: Env): Promise<number> {
  const rows = await accountDatabase(env)
    .select()
    .from(channelNames)
    .where(and(eq(channelNames.confirmed, false), lt(channelNames.claimedAt, Date.now() - staleClaimAgeMs)))
    .orderBy(asc(channelNames.claimedAt))
    .limit(maxClaimsPerRun);
  for (const row of rows) {
    await confirmOrRelease(env, row).catch((error: unknown) =>
      logLine({ level: "warn", message: "a claim was left for the next sweep", error: describeError(error) }),
    );
  }
  return rows.length;
}
