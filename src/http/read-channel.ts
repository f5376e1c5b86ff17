import type { Context } from "hono";
import { reject } from "../errors/app-error.ts";
import { callObject, roomOf } from "../rpc/stubs.ts";
import { unwrap } from "../rpc/rpc-result.ts";
import { inParallel } from "../lib/parallel.ts";
import type { AppEnv } from "./context.ts";
import { requireChannelInPath } from "./require-visible-channel.ts";

/**
 * Every read below a channel: asks the room, in parallel with the record, whether this user may read, and returns the page only then. A
 * rejection by the room is thrown without waiting for the record. A page behind the room's head waits for the projection and is read
 * again, so that a user reads what they wrote.
 *
 * @param fresh A page that is behind even so is rejected, since it may hold what was deleted.
 * @param listed The caller found the channel among those that the user may read, so its room exists.
 * @throws `not_found`, without a call to the room, for a channel that the user may not know of.
 */
export async function readChannel<T extends { seq: number; epoch: string }>(
  c: Context<AppEnv>,
  channelId: string,
  query: () => Promise<T | undefined>,
  { fresh = false, listed = false }: { fresh?: boolean; listed?: boolean } = {},
): Promise<T> {
  if (!listed) await requireChannelInPath(c, channelId);
  const room = roomOf(c.env, channelId);
  const actor = c.get("actor");
  const admit = async () => unwrap(await callObject(() => room.admit(actor)));
  for (let reached = -1, attempt = 1; ; attempt++) {
    const reading = query();
    // Awaited only after the admission.
    reading.catch(() => {});
    const admission = await admit();
    const { head } = admission;
    const page = await reading;
    // Newer than the room's answer: the page was read after it, and this user may have been removed in between.
    const latest = (page?.seq ?? 0) > head ? await admit() : admission;
    const present = page?.epoch === latest.epoch && page.seq <= latest.head ? page : undefined;
    if (present && present.seq >= head) return present;
    const wasBehind = (present?.seq ?? -1) < reached;
    if (attempt > 2 || (attempt > 1 && !wasBehind)) {
      return (
        (fresh ? undefined : present) ??
        reject("unavailable", "The record of this channel is not written yet; try again", {
          retryAfterMs: 1_000,
        })
      );
    }
    reached = (await callObject(() => room.caughtUp(head, { wasBehind }))) ? head : -1;
  }
}

const roomsAtOnce = 10;

/** Those of these channels in which this user is a member by word of their rooms: for lists of what is in several of them. */
export async function memberChannels(c: Context<AppEnv>, channelIds: readonly string[]): Promise<Set<string>> {
  const actor = c.get("actor");
  const mine = new Set<string>();
  await inParallel([...new Set(channelIds)], roomsAtOnce, async (channelId) => {
    const admission = await callObject(() => roomOf(c.env, channelId).admit(actor));
    if (!admission.ok && admission.problem.code === "not_found") return;
    if (unwrap(admission).role !== null) mine.add(channelId);
  });
  return mine;
}
