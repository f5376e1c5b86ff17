import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, webhookSenderOf } from "../../rpc/stubs.ts";
import { listWebhooks } from "./queries.ts";

const maxPerCall = 100;

/** Deletes the webhooks of an erased user. May be repeated. */
export async function deleteWebhooksOf(env: Env, ownerId: string): Promise<void> {
  for (const { id } of await listWebhooks(env, { ownerId, limit: maxPerCall }))
    unwrap(await callObject(() => webhookSenderOf(env, id).remove(id)));
}
