import type { Draft, EphemeralMessage, Reminder, ReminderState, SavedMessage } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { SecondFactorHub } from "../second-factor/second-factor-hub.ts";
import { type DraftChange, DraftService, type StoredDraft } from "./draft-service.ts";
import { type ReminderChange, ReminderService } from "./reminder-service.ts";
import { type NewReminder, type ReminderPosition, Reminders } from "./reminders.ts";
import { type SavedPosition, SavedService } from "./saved-service.ts";
import {
  type NewScheduledMessage,
  ScheduledMessages,
  type ScheduledPosition,
  type SentScheduledMessage,
} from "./scheduled-messages.ts";
import { ScheduledOutbox } from "./scheduled-outbox.ts";
import { type ScheduledChange, ScheduledService } from "./scheduled-service.ts";

/** The services behind the methods of `PersonalHub`. */
export interface PersonalParts {
  hub: HubState;
  scheduled: ScheduledService;
  scheduledOutbox: ScheduledOutbox;
  reminders: ReminderService;
  drafts: DraftService;
  saved: SavedService;
}

/** Makes the services of one hub. */
export function createPersonalParts(env: Env, hub: HubState, sql: SqlStorage): PersonalParts {
  const scheduledMessages = new ScheduledMessages(sql);
  const scheduledOutbox = new ScheduledOutbox(env, hub, scheduledMessages);
  return {
    hub,
    scheduled: new ScheduledService(hub, scheduledMessages, scheduledOutbox),
    scheduledOutbox,
    reminders: new ReminderService(hub, new Reminders(sql)),
    drafts: new DraftService(hub, sql),
    saved: new SavedService(hub, sql),
  };
}

/** The methods of `UserHub` for personal data and signals: ephemeral messages, schedules, reminders, drafts and saved messages. */
export abstract class PersonalHub extends SecondFactorHub {
  protected abstract readonly personalParts: PersonalParts;

  /** Shows an ephemeral message on the user's connected devices. Stores nothing. */
  async sendEphemeral(message: EphemeralMessage): Promise<void> {
    const { hub } = this.personalParts;
    if (hub.exists) hub.devices.signal("ephemeralCreate", message.channelId, { message }, Date.now());
  }

  /** Schedules a message that the user may post now. */
  async createScheduledMessage(
    input: NewScheduledMessage,
  ): Promise<RpcResult<{ scheduled: SentScheduledMessage; repeated: boolean }>> {
    return this.personalParts.scheduled.create(input);
  }

  /** Lists scheduled messages that are not sent, in order of their times. */
  async listScheduledMessages(
    limit: number,
    after?: ScheduledPosition,
    channelId?: string,
  ): Promise<RpcResult<SentScheduledMessage[]>> {
    return this.personalParts.scheduled.list(limit, after, channelId);
  }

  /** Returns a scheduled message. */
  async scheduledMessage(id: string): Promise<RpcResult<SentScheduledMessage>> {
    return this.personalParts.scheduled.get(id);
  }

  /** Changes a scheduled message. */
  async updateScheduledMessage(
    id: string,
    change: ScheduledChange,
  ): Promise<RpcResult<SentScheduledMessage>> {
    return this.personalParts.scheduled.update(id, change);
  }

  /** Cancels a scheduled message. */
  async cancelScheduledMessage(id: string): Promise<RpcResult<null>> {
    return this.personalParts.scheduled.cancel(id);
  }

  /** Sends a scheduled message now. */
  async sendScheduledMessage(id: string): Promise<RpcResult<SentScheduledMessage>> {
    return this.personalParts.scheduled.sendNow(id);
  }

  /** Creates a reminder. */
  async createReminder(input: NewReminder): Promise<RpcResult<{ reminder: Reminder; repeated: boolean }>> {
    return this.personalParts.reminders.create(input);
  }

  /** Lists reminders in order of their times: those that are not done, or those in one state. */
  async listReminders(
    limit: number,
    after?: ReminderPosition,
    state?: ReminderState,
  ): Promise<RpcResult<Reminder[]>> {
    return this.personalParts.reminders.list(state, limit, after);
  }

  /** Returns a reminder. */
  async reminder(id: string): Promise<RpcResult<Reminder>> {
    return this.personalParts.reminders.get(id);
  }

  /** Changes, snoozes or completes a reminder. */
  async updateReminder(id: string, change: ReminderChange): Promise<RpcResult<Reminder>> {
    return this.personalParts.reminders.update(id, change);
  }

  /** Cancels a reminder. */
  async deleteReminder(id: string): Promise<RpcResult<null>> {
    return this.personalParts.reminders.remove(id);
  }

  /** Stores a draft; the last writer wins. */
  async putDraft(change: DraftChange): Promise<RpcResult<StoredDraft>> {
    return this.personalParts.drafts.put(change);
  }

  /** Lists drafts, the last changed first. */
  async listDrafts(limit: number, before?: number): Promise<RpcResult<Draft[]>> {
    return this.personalParts.drafts.list(limit, before);
  }

  /** Saves a message that the user may read. */
  async saveMessage(messageId: string, channelId: string): Promise<RpcResult<SavedMessage>> {
    return this.personalParts.saved.save(messageId, channelId);
  }

  /** Marks a saved message as done or not. */
  async markSavedMessage(messageId: string, done: boolean): Promise<RpcResult<SavedMessage>> {
    return this.personalParts.saved.setDone(messageId, done);
  }

  /** Removes a message from the saved ones. */
  async unsaveMessage(messageId: string): Promise<RpcResult<null>> {
    return this.personalParts.saved.remove(messageId);
  }

  /** Lists saved messages, the last saved first. */
  async listSavedMessages(
    limit: number,
    before?: SavedPosition,
    done?: boolean,
  ): Promise<RpcResult<SavedMessage[]>> {
    return this.personalParts.saved.list(limit, before, done);
  }
}
