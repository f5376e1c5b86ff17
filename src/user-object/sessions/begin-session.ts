import type { AccountFacts } from "../../domain/actor.ts";
import type { SecondFactorPolicy } from "../../domain/second-factor.ts";
import { newId, randomToken } from "../../lib/ids.ts";
import { recordInvitation } from "../room-sync/invited-channels.ts";
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
  /** What the workspace requires of sessions, as D1 had it. Absent: what the hub has stored. */
  policy?: SecondFactorPolicy;
  /** Whether the login passed a second factor. */
  hasSecondFactor?: boolean;
  /** The invite with which the user registered. */
  inviteId?: string;
}

/**
 * Begins a session. The first one of an invited user stores the invite.
 *
 * @param consume uses up what the login was proved with, in the same commit; returns false if another request did so before
 * @returns `session`: undefined if the credentials were changed, or the account was suspended or erased, since the password was
 *   verified. `isInvited`: the invite was stored, and its channels are to be joined
 */
export async function beginSession(
  hub: HubState,
  { account, device, addressPrefix, policy, hasSecondFactor = false, inviteId }: NewSession,
  consume: () => boolean = () => true,
): Promise<{ session: SessionRecord | undefined; isInvited: boolean }> {
  if (hub.isErased) return { session: undefined, isInvited: false };
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
    hasSecondFactor,
  };
  hub.create();
  let accepted = false;
  let isInvited = false;
  const calls = hub.commit((): RoomCall[] => {
    const queued = hub.applyAccount(account, nowMs);
    const { current } = hub.account;
    accepted = current?.active === true && current.credentialVersion <= credentialVersion && consume();
    if (!accepted) return queued;
    if (policy) queued.push(...hub.applyPolicy(policy, nowMs));
    queued.push(...hub.endSessions(hub.sessions.leastRecentlyUsed(maxSessions - 1), nowMs));
    hub.sessions.add(session);
    if (inviteId !== undefined) isInvited = recordInvitation(hub, inviteId, nowMs);
    hub.presence.recordActivity(nowMs);
    hub.scheduleExpiry();
    return queued;
  });
  await hub.deliverToRooms(calls);
  return { session: accepted ? session : undefined, isInvited };
}
