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

/** Age after which an unconfirmed claim may stem from a crash, so that another request for the name checks it with its room. */
const claimGraceMs = 10_000;
/** A room accepts a claim for this long. Well below `claimGraceMs`, after which the name can be claimed by another channel. */
const claimTtlMs = 5_000;
const staleClaimAgeMs = 600_000;
const maxClaimsPerRun = 50;

/**
 * Reserves a name for a public channel in D1, before its room is called. Only public channels reserve names, so a `conflict` does not
 * reveal a private one.
 *
 * @param isNew also adds the channel to the directory
 * @param currentClaim returns the claim that the room currently holds, for an existing channel
 * @throws `conflict` if another channel holds the name
 */
export async function claimName(
  env: Env,
  channelId: string,
  name: string,
  { isNew = false, currentClaim }: { isNew?: boolean; currentClaim?: () => string | null } = {},
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
      if (attempt > 1 || !(await releaseIfAbandoned(env, row, currentClaim))) rejectName();
    }
  }
}

/** Releases a claim that was not used. If this fails, `resolveStaleClaims` does it later. */
export async function releaseClaim(env: Env, { claim }: Pick<NameClaim, "claim">): Promise<void> {
  await accountDatabase(env).delete(channelNames).where(eq(channelNames.claim, claim));
}

/**
 * Rejects the name of an active private channel that this user created and is a member of: it is usually a retry of a creation whose response
 * was lost. Best effort, by the state in D1: concurrent requests can create two private channels with the same name, which is allowed.
 *
 * @throws `conflict` if there is such a channel
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
  return reject("conflict", "The name is not available; choose another", {
    issues: [{ path: "name", message: "Is not available; choose another name" }],
  });
}

/**
 * Adds a private channel to the directory. If the request fails before the room is created, the row remains without a log; maintenance
 * skips such rows.
 */
export async function addToDirectory(env: Env, channelId: string): Promise<void> {
  await accountDatabase(env)
    .insert(channelDirectory)
    .values({ channelId, createdAt: Date.now() })
    .onConflictDoNothing();
}

/** Removes the directory entry and the name claim of a channel that could not be created. */
export async function discardReservations(
  env: Env,
  channelId: string,
  nameClaim: Pick<NameClaim, "claim"> | null,
): Promise<void> {
  const db = accountDatabase(env);
  const deleteEntry = db.delete(channelDirectory).where(eq(channelDirectory.channelId, channelId));
  if (!nameClaim) await deleteEntry;
  else await db.batch([deleteEntry, db.delete(channelNames).where(eq(channelNames.claim, nameClaim.claim))]);
}

/** Releases a claim that its room does not hold. Returns whether the name is available now. */
async function releaseIfAbandoned(
  env: Env,
  { nameKey, channelId }: { nameKey: string; channelId: string },
  currentClaim: (() => string | null) | undefined,
): Promise<boolean> {
  const [row] = await accountDatabase(env)
    .select()
    .from(channelNames)
    .where(eq(channelNames.nameKey, nameKey));
  if (!row) return true;
  // A confirmed claim of this channel that its room no longer holds: the projection of the release has not been applied yet.
  if (row.channelId === channelId && row.confirmed && currentClaim && row.claim !== currentClaim()) {
    await releaseClaim(env, row);
    return true;
  }
  if (row.confirmed || row.claimedAt > Date.now() - claimGraceMs) return false;
  return confirmOrRelease(env, row);
}

/** Asks the room whether it holds the claim, and confirms or releases it. Returns whether the name is available now. */
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

/** Confirms or releases unconfirmed claims that a crash left behind. Called by the hourly cron trigger. Returns the number of claims checked. */
export async function resolveStaleClaims(env: Env): Promise<number> {
  const rows = await accountDatabase(env)
    .select()
    .from(channelNames)
    .where(and(eq(channelNames.confirmed, false), lt(channelNames.claimedAt, Date.now() - staleClaimAgeMs)))
    .orderBy(asc(channelNames.claimedAt))
    .limit(maxClaimsPerRun);
  for (const row of rows) {
    await confirmOrRelease(env, row).catch((error: unknown) =>
      logLine({ level: "warn", message: "channel_names.claim_unresolved", error: describeError(error) }),
    );
  }
  return rows.length;
}
