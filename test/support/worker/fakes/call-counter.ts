import { env } from "cloudflare:workers";
import { onFailpoint } from "../../../../src/lib/failpoint.ts";
import { interceptDatabase, interceptSearchIndex, restoreDatabases } from "./database-interceptor.ts";

/** Numbers of calls made by the Worker and its objects. */
export interface CallCounts {
  /** Methods of objects, including `fetch`. */
  objects: number;
  /** Statements and batches, of both databases. */
  databases: number;
}

const { ROOMS: rooms, HUBS: hubs } = env;

/** Counts the calls of objects and databases while `work` runs. */
export async function countCalls(work: () => Promise<unknown>): Promise<CallCounts> {
  const calls: CallCounts = { objects: 0, databases: 0 };
  const counted = <Namespace extends { getByName(name: string): object }>(namespace: Namespace): Namespace =>
    new Proxy(namespace, {
      get: (target, property) =>
        property === "getByName"
          ? (name: string) => countedStub(target.getByName(name), () => calls.objects++)
          : bound(target, property),
    });
  const count = ({ run }: { run(): Promise<unknown> }): Promise<unknown> => {
    calls.databases++;
    return run();
  };
  Object.assign(env, { ROOMS: counted(rooms), HUBS: counted(hubs) });
  interceptDatabase(count);
  interceptSearchIndex(count);
  try {
    await work();
  } finally {
    Object.assign(env, { ROOMS: rooms, HUBS: hubs });
    restoreDatabases();
  }
  return calls;
}

const countedStub = (stub: object, count: () => void): object =>
  new Proxy(stub, {
    get: (target, property) => {
      const value = bound(target, property);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) => {
        count();
        return (value as (...values: unknown[]) => unknown)(...values);
      };
    },
  });

/** Reads a property of a platform object; methods are bound, since they need it as `this`. */
function bound(target: object, property: string | symbol): unknown {
  const value = (target as Record<string | symbol, unknown>)[property];
  return typeof value === "function"
    ? (...values: unknown[]) =>
        (target as Record<string | symbol, (...all: unknown[]) => unknown>)[property]!(...values)
    : value;
}

/** Counts the batches that rooms commit while `work` runs. */
export async function countCommits(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  onFailpoint((point) => {
    if (point === "room:after-commit") turns++;
  });
  await work();
  onFailpoint(undefined);
  return turns;
}
