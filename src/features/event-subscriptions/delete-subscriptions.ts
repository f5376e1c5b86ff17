import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, webhookSenderOf } from "../../rpc/stubs.ts";
import { listSubscriptions } from "./queries.ts";

const maxPerCall = 100;

/** Deletes the subscriptions of an erased user. May be repeated. */
export async function deleteEventSubscriptionsOf(env: Env, ownerId: string): Promise<void> {
  for (const { id } of await listSubscriptions(env, { ownerId, limit: maxPerCall }))
    unwrap(await callObject(() => webhookSenderOf(env, id).remove(id)));
}
