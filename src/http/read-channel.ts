import type { Context } from "hono";
import { reject } from "../errors/app-error.ts";
import { callObject, roomOf } from "../rpc/stubs.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import { inParallel } from "../lib/parallel.ts";
import type { AppEnv } from "./context.ts";
import { liveSession } from "./authenticate.ts";
import { channelHints } from "./channel-hints.ts";
import { requireChannelInPath, requireMembershipOfGuest } from "./require-visible-channel.ts";

/**
 * Reads a page of a channel from D1, if the room permits the user to read. The room and D1 are asked at the same time, and the user's hub
 * too if the session was admitted to the channel before; a rejection by hub or room is thrown without waiting for D1. When the page is
 * behind the head of the room's log, waits for the projection and reads again, so that users read their own writes.
 *
 * Only for what rooms do not store in a form to read from, and for rooms of the previous release (`readFromRoom`).
 *
 * @param query reads the page; its `seq` and `epoch` are the position up to which D1 has the channel's log
 * @param options `fresh`: rejects a page that stays behind, since it may contain deleted content; otherwise it is returned.
 *   `listed`: the caller knows from a list that the channel is visible to the user. `isFound`: whether a page that stays behind has what was
 *   asked for; if not, it is rejected, since the room may have it already.
 * @returns the page, at most about 3 reads later
 * @throws `not_found`, without a call to the room, for a channel that is not visible to the user; `forbidden` when the room does not permit
 *   reading; `unavailable` when D1 does not have the channel, or what was asked for, yet, or, with `fresh`, is behind
 */
export async function readChannel<T extends { seq: number; epoch: string }>(
  c: Context<AppEnv>,
  channelId: string,
  query: () => Promise<T | undefined>,
  {
    fresh = false,
    listed = false,
    isFound = () => true,
  }: { fresh?: boolean; listed?: boolean; isFound?: (page: T) => boolean } = {},
): Promise<T> {
  const hints = channelHints(c.env);
  const { claims } = c.var;
  const checking = liveSession(c);
  // Awaited below; an error before that must not count as unhandled.
  checking.catch(() => {});
  if (!listed && !hints.find(claims, channelId)) {
    await checking;
    await requireChannelInPath(c, channelId);
  }
  const room = roomOf(c.env, channelId);
  // The hub may still be answering which role it is: `requireMembershipOfGuest` below.
  const actor = { userId: claims.userId, sessionId: claims.sessionId, role: "member" as const };
  const admit = async () => {
    const admission = await callObject(() => room.admit(actor));
    const { role } = await checking;
    if (admission.ok)
      await requireMembershipOfGuest(c.env, { ...actor, role }, channelId, admission.value.role !== null);
    if (!listed && admission.ok) hints.recordAdmitted(claims, channelId);
    else if (!admission.ok) hints.recordRejected(claims, channelId, admission.problem.code);
    return unwrap(admission);
  };
  for (let reached = -1, attempt = 1; ; attempt++) {
    const reading = query();
    // Awaited only after the admission; an error before that must not count as unhandled.
    reading.catch(() => {});
    const admission = await admit();
    const { head } = admission;
    const page = await reading;
    // A page newer than the room's answer was read after it; the user may have been removed in between, so the room is asked again.
    const latest = (page?.seq ?? 0) > head ? await admit() : admission;
    const present = page?.epoch === latest.epoch && page.seq <= latest.head ? page : undefined;
    if (present && present.seq >= head) return present;
    const wasBehind = (present?.seq ?? -1) < reached;
    if (attempt > 2 || (attempt > 1 && !wasBehind)) {
      return (
        (present && !fresh && isFound(present) ? present : undefined) ??
        reject("unavailable", "The database does not have this yet; try again", {
          retryAfterMs: 1_000,
        })
      );
    }
    reached = (await callObject(() => room.waitForDatabase(head, { wasBehind }))) ? head : -1;
  }
}

const roomsAtOnce = 10;

/** Returns those of the channels in which the user is a member. Asks the rooms, because D1 may be behind a removal. */
export async function memberChannels(
  c: Context<AppEnv>,
  channelIds: readonly string[],
): Promise<Set<string>> {
  const actor = c.get("actor");
  const memberOf = new Set<string>();
  await inParallel([...new Set(channelIds)], roomsAtOnce, async (channelId) => {
    const admission = await callObject(() => roomOf(c.env, channelId).admit(actor));
    if (!admission.ok && admission.problem.code === "not_found") return;
    if (unwrap(admission).role !== null) memberOf.add(channelId);
  });
  return memberOf;
}
