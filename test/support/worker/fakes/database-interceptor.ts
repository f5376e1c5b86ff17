import { env } from "cloudflare:workers";

export interface SentStatement {
  sql: string;
  params: unknown[];
}

/** One call of D1. `run` executes it; an interceptor may run it never, once, late or twice. */
export interface DatabaseCall {
  statements: SentStatement[];
  run(): Promise<unknown>;
}

type Between = (trip: DatabaseCall) => Promise<unknown>;

const { DB: database, SEARCH: index } = env;

/** Rejects as a D1 that cannot be reached does. */
export const rejectAsUnreachable = (): Promise<never> =>
  Promise.reject(new Error("D1_ERROR: Network connection lost."));

export const sqlOf = ({ statements }: DatabaseCall): string => statements.map(({ sql }) => sql).join("\n");

/** Whether the call is a projection batch: its first statement is the fence. */
export const isProjectionBatch = (trip: DatabaseCall): boolean =>
  trip.statements[0]!.sql.includes("INSERT INTO channels (id, epoch, changed_at, projected_seq)");

/** Whether the call is a batch of members' private state: read positions and follows. */
export const isMemberStateBatch = (trip: DatabaseCall): boolean =>
  /^INSERT INTO "(channel_readers|thread_followers)"/.test(trip.statements[0]!.sql);

/** Routes every D1 call of the Worker and the objects through `between` until `restoreDatabases`. */
export const interceptDatabase = (between: Between): void => intercept("DB", database, between);

/** Routes every call of the search index through `between` until `restoreDatabases`. */
export const interceptSearchIndex = (between: Between): void => intercept("SEARCH", index, between);

function intercept(binding: "DB" | "SEARCH", database: D1Database, between: Between): void {
  const statement = (sql: string, params: unknown[], real: D1PreparedStatement): object => {
    const trip = (run: () => Promise<unknown>) => between({ statements: [{ sql, params }], run });
    return {
      real,
      sent: { sql, params },
      bind: (...values: unknown[]) => statement(sql, values, real.bind(...values)),
      all: () => trip(() => real.all()),
      run: () => trip(() => real.run()),
      raw: (...options: []) => trip(() => real.raw(...options)),
      first: (...options: []) => trip(() => real.first(...options)),
    };
  };
  const intercepted = {
    prepare: (sql: string) => statement(sql, [], database.prepare(sql)),
    batch: (list: { real: D1PreparedStatement; sent: SentStatement }[]) =>
      between({
        statements: list.map(({ sent }) => sent),
        run: () => database.batch(list.map(({ real }) => real)),
      }),
  };
  Object.assign(env, { [binding]: intercepted });
}

export function restoreDatabases(): void {
  Object.assign(env, { DB: database, SEARCH: index });
}

/** Lets every D1 call fail until `restoreDatabases`. */
export const disconnectDatabase = (): void => interceptDatabase(rejectAsUnreachable);

/** Whether the call is a batch of events for the search index: its first statement is the fence. */
export const isIndexBatch = (trip: DatabaseCall): boolean =>
  trip.statements[0]!.sql.includes("INSERT INTO search_channels");

/** Whether the call is the batch that starts a new generation of a channel's index. */
export const isNewGenerationBatch = (trip: DatabaseCall): boolean =>
  trip.statements[0]!.sql.includes("UPDATE search_channels SET epoch");
