import type { Context } from "hono";
import { refuse } from "../core/app-error.ts";
import { callObject, roomOf } from "../core/objects.ts";
import { unwrap } from "../core/outcome.ts";
import type { AppEnv } from "./context.ts";

/**
 * Every read below a channel: asks the room, beside the record, whether this user may, and keeps the page only then. A page
 * behind the room's head waits for the projection and is read again, so that who was answered a write reads it.
 */
export async function readChannel<T extends { seq: number; epoch: string }>(
  c: Context<AppEnv>,
  channelId: string,
  query: () => Promise<T | undefined>,
): Promise<T> {
  const room = roomOf(c.env, channelId);
  const actor = c.get("actor");
  for (let attempt = 1; ; attempt++) {
    const [admission, page] = await Promise.allSettled([callObject(() => room.admit(actor)), query()]);
    if (admission.status === "rejected") throw admission.reason;
    const { head, epoch } = unwrap(admission.value);
    if (page.status === "rejected") throw page.reason;
    const present = page.value?.epoch === epoch ? page.value : undefined;
    if (present && (present.seq >= head || attempt > 1)) return present;
    if (attempt > 1) refuse("unavailable", "The record of this channel is not written yet; try again", { retryAfterMs: 1_000 });
    await callObject(() => room.caughtUp(head));
  }
}

