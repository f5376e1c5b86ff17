import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import type { LoggedEvent } from "../../../src/domain/logged-event.ts";
import {
  rankedQuery,
  recentQuery,
  type FoundRow,
} from "../../../src/features/search/execution/build-query.ts";
import { type IndexedRoom, projectToIndex } from "../../../src/features/search/indexing/project-to-index.ts";
import { findPage } from "../../../src/features/search/execution/find-page.ts";
import { type RunBatch, sql } from "../../../src/features/search/execution/sql-template.ts";
import type { SearchClause } from "../../../src/features/search/query/terms.ts";
import type { Message } from "../../../src/protocol/index.ts";

const directory = fileURLToPath(new URL("../../../migrations/search/", import.meta.url).href);
const dialect = new SQLiteAsyncDialect();

/** The search index in memory, written by the projection itself and queried by the routes' statements. */
export class SearchDatabase {
  readonly #db = new DatabaseSync(":memory:");

  constructor() {
    for (const file of readdirSync(directory)
      .filter((name) => name.endsWith(".sql"))
      .sort())
      this.#db.exec(readFileSync(directory + file, "utf8"));
  }

  /** Indexes messages of a public channel with their current content. */
  fill(channelId: string, messages: readonly Message[]): void {
    this.#db
      .prepare(
        "INSERT INTO search_channels (channel_id, epoch, generation, indexed_seq, head, type) VALUES (?, 'e', 1, 1, 1, 'public')",
      )
      .run(channelId);
    const byId = new Map(messages.map((message) => [message.id, message]));
    const room = {
      channel: { id: channelId },
      message: (id: string) => byId.get(id),
      unchanged: () => new Set<string>(),
    } as unknown as IndexedRoom;
    const events = messages.map((message) => ({ type: "messageCreate", data: { message } }) as LoggedEvent);
    this.#db.exec("BEGIN");
    for (const statement of projectToIndex(events, room, 1)) {
      const { sql: text, params } = dialect.sqlToQuery(statement.getSQL());
      this.#db.prepare(text).run(...(params as string[]));
    }
    this.#db.exec("COMMIT");
  }

  /** Returns the ids of all matches, newest first. */
  recent(clauses: readonly SearchClause[]): string[] {
    return this.#ids(
      recentQuery(clauses, { userId: "u", isGuest: false, excludedChannelNos: [] }, { limit: 1e6 }),
    );
  }

  /**
   * Returns the ids of a page, newest first, by the statement that the routes run.
   *
   * @param budget whether the search is within its budget, and how many pages of posting lists it reads
   */
  newest(
    clauses: readonly SearchClause[],
    budget: { isMet: boolean; pages: number },
    page: { limit: number; before?: number | undefined },
  ): FoundRow[] {
    const { isMet, pages } = budget;
    const row = sql`SELECT ${isMet ? 1 : 0}, ${pages}`;
    const statement = recentQuery(
      clauses,
      { userId: "u", isGuest: false, excludedChannelNos: [] },
      { ...page, budget: row },
    );
    return this.#db.prepare(statement.sql).all(...statement.params) as unknown as FoundRow[];
  }

  /** Returns the ids of all matches, best first. */
  ranked(clauses: readonly SearchClause[]): string[] {
    return this.#ids(
      rankedQuery(
        clauses,
        { userId: "u", isGuest: false, excludedChannelNos: [] },
        { limit: 1e6, asOf: 1e15 },
      ),
    );
  }

  /** Executes statements as D1 would: a search budget of `ms` below any cost makes `findPage` work in windows. */
  readonly run: RunBatch = async (statements) =>
    statements.map(({ sql: text, params }) => ({ rows: this.#db.prepare(text).all(...params), ms: 0 }));

  /**
   * Returns the ids of all that `findPage` finds within such a budget, newest first, page by page; and how often
   * it stopped early.
   */
  async paged(
    clauses: readonly SearchClause[],
    budgetMs: number,
    messages = 0,
  ): Promise<{ ids: string[]; stops: number }> {
    const ids: string[] = [];
    let stops = 0;
    for (let before: number | undefined; ;) {
      const { rows, stoppedAt } = await findPage(
        this.run,
        { clauses, reader: { userId: "u", isGuest: false, excludedChannelNos: [] }, limit: 1_000, before },
        { ms: budgetMs, indexedMessages: () => Promise.resolve(messages) },
      );
      ids.push(...rows.map(({ messageId }) => messageId));
      if (stoppedAt !== undefined) stops++;
      if (stoppedAt === undefined && rows.length < 1_000) return { ids, stops };
      before = stoppedAt ?? rows.at(-1)!.doc;
    }
  }

  #ids({ sql: text, params }: ReturnType<typeof recentQuery>): string[] {
    const rows = this.#db.prepare(text).all(...params) as unknown as FoundRow[];
    return rows.map(({ messageId }) => messageId);
  }
}
