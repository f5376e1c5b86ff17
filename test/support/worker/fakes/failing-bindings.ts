import { env } from "cloudflare:workers";

/** Never ends, or ends in the error. */
const ending = (error: Error | "never") => async (): Promise<never> => {
  if (error !== "never") throw error;
  return new Promise<never>(() => {});
};

/** A database each statement of which ends in `error` at once, or never, or is answered by `behind` where `fails` says no. */
export function failingDatabase(
  error: Error | "never",
  { behind, fails = () => true }: { behind?: D1Database; fails?: (sql: string) => boolean } = {},
): D1Database {
  const end = ending(error);
  const broken = { bind: (): unknown => broken, all: end, run: end, raw: end, first: end };
  return {
    prepare: (sql: string) => (behind && !fails(sql) ? behind.prepare(sql) : broken),
    batch: (statements: unknown[]) =>
      behind && !statements.includes(broken) ? behind.batch(statements as D1PreparedStatement[]) : end(),
    exec: end,
    withSession: () => failingDatabase(error),
    dump: end,
  } as unknown as D1Database;
}

/** A bucket that does the same. */
export function failingBucket(error: Error | "never"): R2Bucket {
  const end = ending(error);
  return new Proxy({}, { get: () => end }) as unknown as R2Bucket;
}

const { FILES } = env;

/** R2 refuses everything until it is restored. */
export function disconnectBucket(): void {
  const refuse = (): never => {
    throw new Error("R2 does not answer");
  };
  Object.assign(env, { FILES: new Proxy({}, { get: () => refuse }) });
}

export const restoreBucket = (): void => void Object.assign(env, { FILES });
