import type { Config } from "../config.ts";

/** Subrequests of one lookup, or of one slash command: calls of objects and databases. */
const subrequestsPerLookup = 4;

/**
 * The lookups of one Socket Mode connection. The platform limits the subrequests of an invocation, and a connection is one for as long as it is open.
 * Beyond the limit each lookup would fail, and its event be left out; so the client is asked to connect again before.
 */
export class LookupBudget {
  #left: number;
  /** Called when the budget is spent. */
  onSpent: (() => void) | undefined;

  /** Takes half of the subrequests of a gateway; the gateway has the other half. */
  constructor({ GATEWAY_SUBREQUESTS }: Pick<Config, "GATEWAY_SUBREQUESTS">) {
    this.#left = Math.floor(GATEWAY_SUBREQUESTS / 2 / subrequestsPerLookup);
  }

  spend(): void {
    if (--this.#left < 0) this.onSpent?.();
  }
}
