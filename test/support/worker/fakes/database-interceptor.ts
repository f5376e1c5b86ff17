import { env } from "cloudflare:workers";

export interface SentStatement {
  sql: string;
  params: unknown[];
}

/** One call of D1: what it is to carry out, and the real thing. Run it never, once, late or twice. */
export interface DatabaseCall {
  statements: SentStatement[];
  run(): Promise<unknown>;
}

type Between = (trip: DatabaseCall) => Promise<unknown>;

const { DB: database, SEARCH: index } = env;

/** What a D1 that can't be reached answers. */
export const rejectAsUnreachable = (): Promise<never> =>
  Promise.reject(new Error("D1_ERROR: Network connection lost."));

export const sqlOf = ({ statements }: DatabaseCall): string => statements.map(({ sql }) => sql).join("\n");

/** A batch of the projection: it begins with the fence. */
export const isProjectionBatch = (trip: DatabaseCall): boolean =>
  trip.statements[0]!.sql.includes("INSERT INTO channels (id, epoch, changed_at, projected_seq)");

/** A batch of what concerns members alone. */
export const isMemberStateBatch = (trip: DatabaseCall): boolean =>
  /^INSERT INTO "(channel_readers|thread_followers)"/.test(trip.statements[0]!.sql);

/** From here on every call of D1, the Worker's and the objects', passes `between`. Put it back by `restoreDatabase`. */
export const interceptDatabase = (between: Between): void => intercept("DB", database, between);

/** The same of the search index. */
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

/** D1 refuses everything until it is restored. */
export const disconnectDatabase = (): void => interceptDatabase(rejectAsUnreachable);

/** A batch of events: it begins with the fence. */
export const isIndexBatch = (trip: DatabaseCall): boolean =>
  trip.statements[0]!.sql.includes("INSERT INTO search_channels");

/** The batch by which a channel begins to be indexed anew. */
export const isNewGenerationBatch = (trip: DatabaseCall): boolean =>
  trip.statements[0]!.sql.includes("UPDATE search_channels SET epoch");
