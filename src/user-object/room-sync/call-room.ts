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
    const isPresent = await callObject(() => roomOf(env, channelId).setStatus(hub.shown.current));
    if (!isPresent) hub.attachments.detach(channelId, Date.now());
    return undefined;
  }
  const { known } = hub.account;
  if (!known) return undefined;
  const interested = await callObject(() => roomOf(env, channelId).setFacts(userFacts(known)));
  return interested ? undefined : hub.attachments.letGo(channelId, Date.now());
}
