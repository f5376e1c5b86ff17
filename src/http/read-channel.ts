import type { Context } from "hono";
import { refuse } from "../core/app-error.ts";
import { callObject, roomOf } from "../core/objects.ts";
import { unwrap } from "../core/outcome.ts";
import { inParallel } from "../core/parallel.ts";
import type { AppEnv } from "./context.ts";
import { requireRoom } from "./reach-room.ts";

/**
 * Every read below a channel: asks the room, beside the record, whether this user may, and keeps the page only then. A page
 * behind the room's head waits for the projection and is read again, so that who was answered a write reads it. `fresh`: where
 * it is behind even so, it is refused, since what was deleted may be in it.
 */
export async function readChannel<T extends { seq: number; epoch: string }>(
  c: Context<AppEnv>,
  channelId: string,
  query: () => Promise<T | undefined>,
  { fresh = false }: { fresh?: boolean } = {},
): Promise<T> {
  await requireRoom(c, channelId);
  const room = roomOf(c.env, channelId);
  const actor = c.get("actor");
  const admit = async () => unwrap(await callObject(() => room.admit(actor)));
  for (let reached = -1, attempt = 1; ; attempt++) {
    const [admission, page] = await Promise.allSettled([admit(), query()]);
    if (admission.status === "rejected") throw admission.reason;
    if (page.status === "rejected") throw page.reason;
    const { head } = admission.value;
    // Newer than the room's answer: the page was read after it, and this user may have been removed in between.
    const latest = (page.value?.seq ?? 0) > head ? await admit() : admission.value;
    const present =
      page.value?.epoch === latest.epoch && page.value.seq <= latest.head ? page.value : undefined;
    if (present && present.seq >= head) return present;
    const wasBehind = (present?.seq ?? -1) < reached;
    if (attempt > 2 || (attempt > 1 && !wasBehind)) {
      return (
        (fresh ? undefined : present) ??
        refuse("unavailable", "The record of this channel is not written yet; try again", {
          retryAfterMs: 1_000,
        })
      );
    }
    reached = (await callObject(() => room.caughtUp(head, { wasBehind }))) ? head : -1;
  }
}

const roomsAtOnce = 10;

/** Those of these channels in which this user is a member by word of their rooms: for lists of what is in several of them. */
export async function membershipsOf(c: Context<AppEnv>, channelIds: readonly string[]): Promise<Set<string>> {
  const actor = c.get("actor");
  const mine = new Set<string>();
  await inParallel([...new Set(channelIds)], roomsAtOnce, async (channelId) => {
    const admission = await callObject(() => roomOf(c.env, channelId).admit(actor));
    if (!admission.ok && admission.problem.code === "not_found") return;
    if (unwrap(admission).role !== null) mine.add(channelId);
  });
  return mine;
}
