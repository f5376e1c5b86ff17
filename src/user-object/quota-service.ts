import type { ChargeResult, CountedAction, Usage } from "../domain/usage-budget.ts";
import { type RpcResult, toRpcResult } from "../rpc/rpc-result.ts";
import type { HubState } from "./hub-state.ts";
import { noSession } from "./rpc-failures.ts";

/** The quotas of the user, as rooms and the Worker use them. `UserQuotas` holds the rules. */
export class QuotaService {
  readonly #hub: HubState;

  constructor(hub: HubState) {
    this.#hub = hub;
  }

  /**
   * Charges what the user wrote in a room, even beyond the quota: it is committed already.
   *
   * @returns how long the user may not write, in ms; 0 if they may
   */
  charge(usage: Usage): ChargeResult {
    const hub = this.#hub;
    return hub.exists ? hub.commit(() => hub.quotas.charge(usage, Date.now())) : { retryAfterMs: 0 };
  }

  /**
   * Spends one unit of an hourly quota. Fails with `rate_limited` when it is used up, with `unauthenticated` when the user never had a
   * session.
   */
  async spend(kind: CountedAction): Promise<RpcResult<null>> {
    const hub = this.#hub;
    if (!hub.exists) return noSession();
    return toRpcResult(() => {
      hub.commit(() => hub.quotas.spend(kind, Date.now()));
      return null;
    });
  }
}
