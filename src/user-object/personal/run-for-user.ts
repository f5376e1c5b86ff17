import { type RpcResult, toRpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { noSession } from "../rpc-failures.ts";

/** Runs `work` for the user of a hub. Fails with `unauthenticated` when the user never had a session, or was erased. */
export const runForUser = <T>(hub: HubState, work: () => T | Promise<T>): Promise<RpcResult<T>> =>
  hub.exists && !hub.isErased ? toRpcResult(work) : Promise.resolve(noSession());
