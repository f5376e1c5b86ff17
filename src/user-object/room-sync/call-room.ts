import { callObject, roomOf } from "../../rpc/stubs.ts";
import { userFacts } from "../account.ts";
import type { RoomCall } from "./room-outbox.ts";
import type { HubState } from "../hub-state.ts";

/** Calls a room about this user; returns when to call again, where its answer is not final. */
export async function callRoom(
  env: Env,
  hub: HubState,
  { kind, channelId, sessionId }: RoomCall,
): Promise<number | undefined> {
  if (kind === "close") {
    await callObject(() => roomOf(env, channelId).closeSession(sessionId));
    return undefined;
  }
  if (kind === "status") {
    const isPresent = await callObject(() => roomOf(env, channelId).setStatus(hub.publicStatus.current));
    if (!isPresent) hub.attachments.detachRoom(channelId, Date.now());
    return undefined;
  }
  const { current } = hub.account;
  if (!current) return undefined;
  const interested = await callObject(() => roomOf(env, channelId).setFacts(userFacts(current)));
  return interested ? undefined : hub.attachments.removeFactsSubscriber(channelId, Date.now());
}
