import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../../../../src/app.ts";

/** How much longer a call of the Worker takes than usual, in ms, so that calls at the same time overlap. */
const outerMs = 5;
/** The same for a call of an object: what the object's answer does not wait for ends after the answer, and is not counted. */
const innerMs = 100;

interface Call {
  label: string;
  depth: number;
  isDone: boolean;
  /** Whether an object made it, not the Worker. */
  isInner: boolean;
}

const real = { ROOMS: env.ROOMS, HUBS: env.HUBS, LIMITERS: env.LIMITERS, DB: env.DB, SEARCH: env.SEARCH };
const names = { ROOMS: "room", HUBS: "hub", LIMITERS: "limiter", DB: "D1", SEARCH: "search" } as const;

/**
 * Runs the Worker with bindings that record which calls of objects and databases had to end before another one began. The bindings are the
 * same for all requests, so that the Worker keeps what it caches in an isolate.
 */
export class DependentCalls {
  #calls: Call[] = [];
  readonly #env: Env;

  constructor() {
    this.#env = { ...env, ...this.#bindings(false) } as Env;
  }

  /** Sends a request to the Worker. */
  async fetch(request: Request): Promise<Response> {
    const context = createExecutionContext();
    const response = await app.fetch(request, this.#env, context);
    if (response.status !== 101) await waitOnExecutionContext(context);
    return response;
  }

  /**
   * Returns the calls that an answer waited for, as text: `→` between calls of which the second could only begin after the first, `‖`
   * between calls at the same time.
   *
   * @param work resolves with the answer
   */
  async during(work: () => Promise<unknown>): Promise<{ hops: number; path: string }> {
    this.#calls = [];
    // Objects share these bindings with the test.
    Object.assign(env, this.#bindings(true));
    try {
      await work();
    } finally {
      Object.assign(env, real);
    }
    const calls = this.#calls.filter(({ isDone }) => isDone);
    const hops = Math.max(0, ...calls.map(({ depth }) => depth));
    const steps = Array.from({ length: hops }, (_, index) => {
      const labels = calls.filter(({ depth }) => depth === index + 1).map(({ label }) => label);
      return [...new Set(labels)].toSorted().join(" ‖ ");
    });
    return { hops, path: steps.join(" → ") };
  }

  #begin(label: string, isInner: boolean): Call {
    // An object's call is made while the Worker waits for the object, and so depends on that call.
    const before = this.#calls.filter((call) => call.isDone || (isInner && !call.isInner));
    const call = {
      label,
      depth: 1 + Math.max(0, ...before.map(({ depth }) => depth)),
      isDone: false,
      isInner,
    };
    this.#calls.push(call);
    return call;
  }

  #track<T>(label: string, isInner: boolean, run: () => T | Promise<T>): Promise<T> {
    const call = this.#begin(label, isInner);
    return (async () => {
      try {
        const value = await run();
        await scheduler.wait(isInner ? innerMs : outerMs);
        return value;
      } finally {
        call.isDone = true;
      }
    })();
  }

  #bindings(isInner: boolean): Record<string, unknown> {
    return {
      ROOMS: this.#objects("ROOMS", isInner),
      HUBS: this.#objects("HUBS", isInner),
      LIMITERS: this.#objects("LIMITERS", isInner),
      DB: this.#database("DB", isInner),
      SEARCH: this.#database("SEARCH", isInner),
    };
  }

  #objects(binding: "ROOMS" | "HUBS" | "LIMITERS", isInner: boolean): object {
    return {
      getByName: (name: string) =>
        new Proxy(real[binding].getByName(name), {
          get: (stub, method) => {
            const value = Reflect.get(stub, method) as unknown;
            if (typeof value !== "function") return value;
            const label = `${names[binding]} ${String(method)}`;
            return (...values: unknown[]) =>
              this.#track(label, isInner, () => Reflect.apply(value, stub, values) as unknown);
          },
        }),
    };
  }

  #database(binding: "DB" | "SEARCH", isInner: boolean): object {
    const label = names[binding];
    const database = real[binding];
    const statement = (prepared: D1PreparedStatement): object => ({
      prepared,
      bind: (...values: unknown[]) => statement(prepared.bind(...values)),
      all: () => this.#track(label, isInner, () => prepared.all()),
      run: () => this.#track(label, isInner, () => prepared.run()),
      raw: (...options: []) => this.#track(label, isInner, () => prepared.raw(...options)),
      first: (...options: []) => this.#track(label, isInner, () => prepared.first(...options)),
    });
    return {
      prepare: (sql: string) => statement(database.prepare(sql)),
      batch: (list: { prepared: D1PreparedStatement }[]) =>
        this.#track(label, isInner, () => database.batch(list.map(({ prepared }) => prepared))),
    };
  }
}
