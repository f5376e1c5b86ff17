import { env } from "cloudflare:workers";

/** Returns a function that rejects with the error, or never settles. */
const ending = (error: Error | "never") => async (): Promise<never> => {
  if (error !== "never") throw error;
  return new Promise<never>(() => {});
};

/** Returns a database whose statements reject with `error` or never settle; those for which `fails` is false run on `behind`. */
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

/** Returns a bucket whose operations reject with `error` or never settle. */
export function failingBucket(error: Error | "never"): R2Bucket {
  const end = ending(error);
  return new Proxy({}, { get: () => end }) as unknown as R2Bucket;
}

const { FILES } = env;

/** Lets every R2 operation fail until `restoreBucket`. */
export function disconnectBucket(): void {
  const fail = (): never => {
    throw new Error("R2 does not answer");
  };
  Object.assign(env, { FILES: new Proxy({}, { get: () => fail }) });
}

export const restoreBucket = (): void => void Object.assign(env, { FILES });
