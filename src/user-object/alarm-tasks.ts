import type { AlarmTasks } from "../durable/alarm-scheduler.ts";
import { type AccountChangeKey, AccountReread } from "./account-reread.ts";
import type { CommandRunService } from "./commands/command-run-service.ts";
import type { FileMaintenance } from "./files/file-maintenance.ts";
import type { InvitedChannels } from "./room-sync/invited-channels.ts";
import type { HubState } from "./hub-state.ts";
import type { ReminderService } from "./personal/reminder-service.ts";
import type { ScheduledOutbox } from "./personal/scheduled-outbox.ts";
import type { PolicySweep } from "./second-factor/policy-sweep.ts";

/** The keys of a hub's scheduled tasks. They are stored: add keys, but never rename one. */
export type HubAlarmKey =
  | "rooms"
  | "expiry"
  | "status"
  | "idle"
  | "files"
  | "policy"
  | "invite"
  | "scheduled"
  | "reminders"
  | "commands"
  | "push"
  | AccountChangeKey;

/** Returns what a hub does by its alarm. */
export const hubAlarmTasks = (
  env: Env,
  hub: HubState,
  {
    fileMaintenance,
    policySweep,
    scheduledMessages,
    reminders,
    invitedChannels,
    commandRuns,
  }: {
    fileMaintenance: FileMaintenance;
    policySweep: PolicySweep;
    scheduledMessages: ScheduledOutbox;
    reminders: ReminderService;
    invitedChannels: InvitedChannels;
    commandRuns: CommandRunService;
  },
): AlarmTasks<HubAlarmKey> => ({
  rooms: hub.roomOutbox,
  files: fileMaintenance,
  policy: policySweep,
  invite: invitedChannels,
  scheduled: scheduledMessages,
  reminders,
  commands: commandRuns,
  push: hub.pushOutbox,
  account: new AccountReread(env, hub),
  expiry: { onAlarm: (nowMs) => endExpiredSessions(hub, nowMs) },
  status: { onAlarm: (nowMs) => clearExpiredStatus(hub, nowMs) },
  idle: { onAlarm: (nowMs) => endIdleGrace(hub, nowMs) },
});

async function endExpiredSessions(hub: HubState, nowMs: number): Promise<void> {
  await hub.commitAndCallRooms(() => hub.endSessions(hub.sessions.expired(nowMs), nowMs));
  hub.scheduleExpiry();
}

function clearExpiredStatus(hub: HubState, nowMs: number): void {
  hub.presence.update(nowMs, () => {
    hub.chosenStatus.clearExpired(nowMs);
    hub.scheduleStatus(nowMs);
  });
}

function endIdleGrace(hub: HubState, nowMs: number): void {
  hub.presence.update(nowMs, () => hub.alarms.clear("idle"));
}
