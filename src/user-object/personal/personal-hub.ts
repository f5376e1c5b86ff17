import type { EphemeralMessage } from "../../protocol/index.ts";
import type { HubState } from "../hub-state.ts";
import { SecondFactorHub } from "../second-factor/second-factor-hub.ts";

/** The services behind the methods of `PersonalHub`. */
export interface PersonalParts {
  hub: HubState;
}

/** Makes the services of one hub. */
export const createPersonalParts = (hub: HubState): PersonalParts => ({ hub });

/** The methods of `UserHub` for what belongs to one user alone: ephemeral messages, schedules, reminders, drafts and saved messages. */
export abstract class PersonalHub extends SecondFactorHub {
  protected abstract readonly personalParts: PersonalParts;

  /** Shows an ephemeral message on the user's connected devices. Stores nothing. */
  async sendEphemeral(message: EphemeralMessage): Promise<void> {
    const { hub } = this.personalParts;
    if (hub.exists) hub.devices.signal("ephemeralCreate", message.channelId, { message }, Date.now());
  }
}
