import { dayMs } from "../../domain/usage-budget.ts";
import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import { AppError } from "../../errors/app-error.ts";
import { readInvitation } from "../../features/invites/index.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { settledWithin } from "../../lib/parallel.ts";
import type { WorkspaceRole } from "../../protocol/index.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";

/** When the alarm joins the channels, if the call that began the session did not. */
const takeoverMs = 5_000;
/** How long the first session waits for the channels, so that the client finds them in its first list. */
const firstWaitMs = 2_000;
/** Errors with which a room rejects the inviter for good: the channel is archived, or they are no longer a member. */
const finalCodes: ReadonlySet<string> = new Set(["not_found", "forbidden", "conflict", "validation_failed"]);

/** Stores the invite of a new user, with the alarm that joins its channels. Call it within the commit of the first session. */
export function recordInvitation(hub: HubState, inviteId: string, nowMs: number): boolean {
  const isNew = hub.invitation.record(inviteId, nowMs);
  if (isNew) hub.alarms.set("invite", nowMs + takeoverMs);
  return isNew;
}

/**
 * Joins the channels of the invite with which the user registered, on behalf of the inviter, at the first session. The invite is stored in the
 * transaction that begins the session, together with the alarm that repeats what failed, so that a crash loses nothing. A join that
 * runs twice changes nothing.
 */
export class InvitedChannels implements AlarmTask {
  readonly #env: Env;
  readonly #hub: HubState;
  #running: Promise<void> | undefined;

  constructor(env: Env, hub: HubState) {
    this.#env = env;
    this.#hub = hub;
  }

  onAlarm(): Promise<void> {
    this.#running ??= this.#join().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Joins now, but waits at most 2 s; the alarm repeats what is not done. Never rejects. */
  async joinNow(): Promise<void> {
    const joined = this.onAlarm().catch((error: unknown) =>
      logLine({ level: "warn", message: "invite.join_failed", error: describeError(error) }),
    );
    await settledWithin(joined, firstWaitMs);
  }

  async #join(): Promise<void> {
    const { alarms, invitation } = this.#hub;
    const stored = invitation.current;
    if (!stored || Date.now() - stored.recordedAt > dayMs) return alarms.clear("invite");
    const granted = await readInvitation(this.#env, stored.inviteId);
    const channelIds = stored.channelIds ?? granted?.channelIds ?? [];
    const inviter = granted?.inviter;
    if (!inviter || channelIds.length === 0) return alarms.clear("invite");
    const failed = new Map<string, unknown>();
    for (const channelId of channelIds)
      await this.#joinOne(channelId, inviter).catch((error: unknown) => failed.set(channelId, error));
    invitation.setChannelIds([...failed.keys()]);
    const [error] = failed.values();
    if (error !== undefined) throw error;
    alarms.clear("invite");
  }

  async #joinOne(
    channelId: string,
    { userId, role }: { userId: string; role: WorkspaceRole },
  ): Promise<void> {
    // The room decides by the inviter's present membership. Nothing else of a command from REST depends on the session.
    const actor = { userId, role, sessionId: "" };
    const command = { type: "memberJoin" as const, data: { userId: this.#hub.userId } };
    try {
      unwrap(await callObject(() => roomOf(this.#env, channelId).execute(actor, command)));
    } catch (error) {
      if (!(error instanceof AppError) || !finalCodes.has(error.code)) throw error;
      logLine({ level: "info", message: "invite.channel_skipped", code: error.code });
    }
  }
}
