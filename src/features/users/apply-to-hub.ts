import { callObject, hubOf } from "../../rpc/stubs.ts";
import { presentSelf, type UserRow } from "./present.ts";
import { accountFacts } from "./queries.ts";

/**
 * Sends the account as D1 has it to its hub, which updates the account's rooms, sessions and devices. May be repeated.
 *
 * @param expectation the key of the announcement of the change; undefined if it was not announced
 */
export async function applyToHub(env: Env, row: UserRow, expectation?: string): Promise<void> {
  const options = { self: presentSelf(row), ...(expectation !== undefined && { expectation }) };
  await callObject(() => hubOf(env, row.id).applyAccount(accountFacts(row), options));
}
