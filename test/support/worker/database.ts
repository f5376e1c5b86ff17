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

/** Rows straight from D1, whatever is between it and the Worker. */
export async function databaseRows<Row = Record<string, unknown>>(
  sql: string,
  ...params: unknown[]
): Promise<Row[]> {
  return (
    await database
      .prepare(sql)
      .bind(...params)
      .all<Row>()
  ).results;
}

export async function writeDatabase(sql: string, ...params: unknown[]): Promise<void> {
  await database
    .prepare(sql)
    .bind(...params)
    .run();
}

const withoutStamp = (row: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(row).filter(([column]) => column !== "changed_at"));

/** All that the record holds of a channel, row by row, but for the moments at which it was written, or an event was parked. */
export async function channelRows(channelId: string): Promise<Record<string, unknown[]>> {
  return {
    channels: (await databaseRows("SELECT * FROM channels WHERE id = ?", channelId)).map(withoutStamp),
    members: await databaseRows(
      "SELECT * FROM channel_members WHERE channel_id = ? ORDER BY user_id",
      channelId,
    ),
    messages: await databaseRows("SELECT * FROM messages WHERE channel_id = ? ORDER BY seq", channelId),
    versions: await databaseRows(
      "SELECT * FROM message_versions WHERE message_id IN (SELECT id FROM messages WHERE channel_id = ?) ORDER BY message_id, version",
      channelId,
    ),
    mentions: await databaseRows(
      "SELECT * FROM mentions WHERE channel_id = ? ORDER BY seq, user_id",
      channelId,
    ),
    reactions: await databaseRows("SELECT * FROM reactions WHERE channel_id = ? ORDER BY seq", channelId),
    pins: await databaseRows("SELECT * FROM pins WHERE channel_id = ? ORDER BY seq", channelId),
    readers: (
      await databaseRows("SELECT * FROM channel_readers WHERE channel_id = ? ORDER BY rev", channelId)
    ).map(withoutStamp),
    followers: await databaseRows(
      "SELECT * FROM thread_followers WHERE channel_id = ? ORDER BY rev",
      channelId,
    ),
    deadLetters: await databaseRows(
      "SELECT channel_id, seq FROM dead_letters WHERE channel_id = ? ORDER BY seq",
      channelId,
    ),
    names: await databaseRows("SELECT * FROM channel_names WHERE channel_id = ? ORDER BY name_key", channelId),
    directory: await databaseRows("SELECT * FROM channel_directory WHERE channel_id = ?", channelId),
  };
}
