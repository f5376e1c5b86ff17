import type { AccountFacts } from "../domain/actor.ts";
import type { Self } from "../protocol/index.ts";
import type { HubState } from "./hub-state.ts";
import { expectAccountChange } from "./account-reread.ts";

/** Applies changes of the account's row in D1 to the user's sessions, rooms and devices. */
export class AccountSync {
  readonly #hub: HubState;

  constructor(hub: HubState) {
    this.#hub = hub;
  }

  /**
   * Announces that the account's row in D1 is about to change. If `apply` does not follow, because the caller crashed or D1 did not
   * answer, an alarm reads the row and applies it.
   *
   * @returns the key of the announcement, for `apply`
   */
  announce(): string {
    return expectAccountChange(this.#hub);
  }

  /**
   * Applies the account as D1 has it. A change of the credentials ends the sessions that were begun before it; a suspension ends all.
   * Rooms receive the public facts, and the user's devices receive `self`. An account older than the stored one changes nothing.
   *
   * @param expectation the key that `announce` returned
   * @param keep the session that changed the credentials, which continues, as the user's tokens do. Without it, tokens end as well: the
   *   password was reset, or the process that changed it crashed
   * @param self the account as its owner sees it
   */
  async apply(
    account: AccountFacts,
    { expectation, keep, self }: { expectation?: string; keep?: string; self?: Self },
  ): Promise<void> {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    await hub.commitAndCallRooms(() => {
      if (keep) {
        hub.sessions.raiseCredentialVersion(keep, account.credentialVersion);
        hub.sessions.raiseTokens(account.credentialVersion);
      }
      if (expectation) hub.alarms.clear(expectation);
      return hub.applyAccount(account, Date.now(), self);
    });
  }
}
