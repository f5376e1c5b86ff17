import { env } from "cloudflare:workers";

/**
 * Returns bindings that record the Worker's calls to objects and databases: the class and method of each object call, `own` for
 * the object of `userId`, and the SQL of each statement. Two requests with equal records took the same steps.
 */
export function recordingBindings(userId: string): { steps: string[]; bindings: Record<string, unknown> } {
  const steps: string[] = [];
  const objects = (binding: "ROOMS" | "HUBS") => ({
    getByName: (name: string) =>
      new Proxy(env[binding].getByName(name), {
        get: (stub, method) => {
          const value = Reflect.get(stub, method) as unknown;
          if (typeof value !== "function") return value;
          return (...values: unknown[]) => {
            steps.push(`${binding} ${name === userId ? "own" : "other"} ${String(method)}`);
            return Reflect.apply(value, stub, values) as unknown;
          };
        },
      }),
  });
  const database = (binding: "DB" | "SEARCH") =>
    new Proxy(env[binding], {
      get: (real, method) => {
        if (method === "prepare")
          return (sql: string) => {
            steps.push(`${binding} ${sql}`);
            return real.prepare(sql);
          };
        const value = Reflect.get(real, method) as unknown;
        return typeof value === "function" ? value.bind(real) : value;
      },
    });
  return {
    steps,
    bindings: {
      ROOMS: objects("ROOMS"),
      HUBS: objects("HUBS"),
      DB: database("DB"),
      SEARCH: database("SEARCH"),
    },
  };
}
