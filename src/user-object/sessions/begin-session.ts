import type { AccountFacts } from "../../domain/actor.ts";
import { newId, randomToken } from "../../lib/ids.ts";
import type { RoomCall } from "../room-sync/room-outbox.ts";
import type { SessionRecord } from "./sessions.ts";
import type { HubState } from "../hub-state.ts";

/** Beyond this number of sessions, a new one ends the least recently used. */
export const maxSessions = 100;

export interface NewSession {
  /** The account as it was when the password was verified. */
  account: AccountFacts;
  /** From `User-Agent`, for the list of sessions. */
  device: string;
  /** The network of the client, for the list of sessions. */
  addressPrefix: string;
}

/** Begins a session; returns undefined if the credentials were changed, or the account was suspended or erased, since the password was verified. */
export async function beginSession(
  hub: HubState,
  { account, device, addressPrefix }: NewSession,
): Promise<SessionRecord | undefined> {
  if (hub.isErased) return undefined;
  const nowMs = Date.now();
  const { credentialVersion } = account;
  const begun = { createdAt: nowMs, lastUsedAt: nowMs, generation: 0, rotatedAt: nowMs, receipts: [] };
  const session = {
    id: newId("ses", nowMs),
    credentialVersion,
    device,
    addressPrefix,
    ...begun,
    salt: randomToken(16),
  };
  hub.create();
  let accepted = false;
  const calls = hub.commit((): RoomCall[] => {
    const queued = hub.applyAccount(account, nowMs);
    const { current } = hub.account;
    accepted = current?.active === true && current.credentialVersion <= credentialVersion;
    if (!accepted) return queued;
    queued.push(...hub.endSessions(hub.sessions.leastRecentlyUsed(maxSessions - 1), nowMs));
    hub.sessions.add(session);
    hub.presence.recordActivity(nowMs);
    hub.scheduleExpiry();
    return queued;
  });
  await hub.deliverToRooms(calls);
  return accepted ? session : undefined;
}
