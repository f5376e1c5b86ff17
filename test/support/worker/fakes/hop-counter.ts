import { env } from "cloudflare:workers";
import { interceptDatabase, interceptSearchIndex, restoreDatabases } from "./database-interceptor.ts";

const { ROOMS: rooms, HUBS: hubs } = env;

/** In ms. A call that depends on another one starts this soon after it. */
const settleMs = 40;

/**
 * Counts the dependent hops of a request: how many calls of objects and databases, those inside of objects included, must happen one after
 * the other. All calls wait until no other call has started for a moment, then continue together; each such step is one hop. Background work
 * must have ended before.
 */
export async function countHops(work: () => Promise<unknown>): Promise<number> {
  let hops = 0;
  let waiting = 0;
  let lastStartMs = 0;
  let ended = false;
  // Polls, because a promise that another request or object resolves would resume in the wrong context.
  const hop = async (): Promise<void> => {
    const startedAfter = hops;
    lastStartMs = Date.now();
    waiting++;
    while (hops === startedAfter && !ended) await scheduler.wait(1);
  };
  const counted = <Namespace extends { getByName(name: string, options?: object): object }>(
    namespace: Namespace,
  ): Namespace =>
    new Proxy(namespace, {
      get: (target, property) =>
        property === "getByName"
          ? (name: string) => delayed(target.getByName(name), hop)
          : (target as Record<string | symbol, unknown>)[property],
    });
  const delayRun = async ({ run }: { run(): Promise<unknown> }): Promise<unknown> => {
    await hop();
    return run();
  };
  Object.assign(env, { ROOMS: counted(rooms), HUBS: counted(hubs) });
  interceptDatabase(delayRun);
  interceptSearchIndex(delayRun);
  try {
    const working = work().finally(() => (ended = true));
    while (!ended) {
      await scheduler.wait(1);
      if (waiting === 0 || Date.now() - lastStartMs < settleMs) continue;
      hops++;
      waiting = 0;
    }
    await working;
  } finally {
    ended = true;
    Object.assign(env, { ROOMS: rooms, HUBS: hubs });
    restoreDatabases();
  }
  return hops;
}

/** A stub each of whose calls first waits for `hop`. */
const delayed = (stub: object, hop: () => Promise<void>): object =>
  new Proxy(stub, {
    get: (target, property) => {
      const value = (target as Record<string | symbol, unknown>)[property];
      if (typeof value !== "function") return value;
      return async (...values: unknown[]) => {
        await hop();
        return (target as Record<string | symbol, (...all: unknown[]) => unknown>)[property]!(...values);
      };
    },
  });
