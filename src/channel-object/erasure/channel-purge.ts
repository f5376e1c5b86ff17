import { hasTable } from "../../durable/migrations.ts";
import { assertNever } from "../../errors/app-error.ts";
import { settledWithin } from "../../lib/parallel.ts";
import type { Member } from "../../protocol/index.ts";
import type { ChannelProjections } from "../projections/channel-projections.ts";
import type { Subscribers } from "../sockets/subscribers.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/**
 * A part of a purge. `close`: close the room. `files` and `readers`: return a page of what must be deleted outside the room, after an id.
 * `destroy`: delete the room's storage.
 */
export type PurgePart =
  | { kind: "close" | "destroy" }
  | {
      kind: "files" | "readers";
      after: string;
    };

/** What a part of a purge returned. `next`: the id after which the next page begins; null on the last page. */
export interface PurgeResult {
  isDone: boolean;
  files: PurgedFile[];
  readers: PurgedReader[];
  next: string | null;
}

export interface PurgedFile {
  fileId: string;
  uploaderId: string;
}

/** Someone who is or was a member; `member` is null for one who left. */
export interface PurgedReader {
  userId: string;
  member: Member | null;
}

export interface ChannelPurgeOptions {
  storage: DurableObjectStorage;
  room: StoredRoomState;
  projections: ChannelProjections;
  subscribers: Subscribers;
}

const pageSize = 100;
const projectionsTimeoutMs = 10_000;

/**
 * Deletes a room for good. From `close` on the room answers as one that does not exist, and keeps its storage until its files and its members'
 * hubs are done. The table `purged` remains: a room with it is never created again.
 */
export class ChannelPurge {
  readonly #options: ChannelPurgeOptions;
  #isClosed: boolean;

  constructor(options: ChannelPurgeOptions) {
    this.#options = options;
    this.#isClosed = hasTable(options.storage.sql, "purged");
  }

  /** Whether the channel was deleted for good, or is being deleted. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Does a part of the purge. Each part may be repeated. */
  async perform(part: PurgePart): Promise<PurgeResult> {
    const nothing = { isDone: true, files: [], readers: [], next: null };
    switch (part.kind) {
      case "close":
        return { ...nothing, isDone: await this.#close() };
      case "files":
        return { ...nothing, ...this.#files(part.after) };
      case "readers":
        return { ...nothing, ...this.#readers(part.after) };
      case "destroy":
        await this.#destroy();
        return nothing;
      default:
        return assertNever(part);
    }
  }

  /**
   * Closes the room. Projections that have begun are awaited, so that no late one follows.
   *
   * @returns whether D1 has everything that was committed, so that what is deleted there stays deleted
   */
  async #close(): Promise<boolean> {
    const { storage, projections, subscribers, room } = this.#options;
    if (!this.#isClosed) {
      storage.sql.exec("CREATE TABLE IF NOT EXISTS purged (at INTEGER NOT NULL)");
      storage.sql.exec("INSERT INTO purged (at) VALUES (?)", Date.now());
      this.#isClosed = true;
      subscribers.removeAll();
    }
    if (!this.#hasLog) return true;
    await settledWithin(projections.drainAll(), projectionsTimeoutMs);
    return projections.database.cursor >= room.log.head && projections.search.cursor >= room.log.head;
  }

  /** Returns a page of the files that messages here carry or carried. */
  #files(after: string): Pick<PurgeResult, "files" | "next"> {
    const rows = this.#page<PurgedFile>(
      "SELECT file_id AS id, file_id AS fileId, uploader_id AS uploaderId FROM carried_files WHERE file_id > ? ORDER BY file_id LIMIT ?",
      after,
    );
    const files = rows.map(({ fileId, uploaderId }) => ({ fileId, uploaderId }));
    return { files, next: nextOf(rows) };
  }

  /** Returns a page of everyone who is or was a member. */
  #readers(after: string): Pick<PurgeResult, "readers" | "next"> {
    const { room } = this.#options;
    const rows = this.#page<object>(
      "SELECT user_id AS id FROM (SELECT user_id FROM members UNION SELECT user_id FROM readers) WHERE user_id > ? ORDER BY user_id LIMIT ?",
      after,
    );
    const readers = rows.map(({ id }) => ({
      userId: id,
      member: room.memberIncludingSuspended(id) ?? null,
    }));
    return { readers, next: nextOf(rows) };
  }

  /** Deletes everything here, the alarm included, but the mark that the channel existed. May be repeated. */
  async #destroy(): Promise<void> {
    const { storage } = this.#options;
    await storage.deleteAll();
    storage.sql.exec("CREATE TABLE IF NOT EXISTS purged (at INTEGER NOT NULL)");
    storage.sql.exec("INSERT INTO purged (at) VALUES (?)", Date.now());
    this.#isClosed = true;
    await storage.sync();
  }

  get #hasLog(): boolean {
    return hasTable(this.#options.storage.sql, "log");
  }

  #page<Row extends object>(query: string, after: string): (Row & { id: string })[] {
    if (!this.#hasLog) return [];
    return this.#options.storage.sql.exec<Row & { id: string }>(query, after, pageSize).toArray();
  }
}

const nextOf = (rows: readonly { id: string }[]): string | null =>
  rows.length === pageSize ? (rows.at(-1)?.id ?? null) : null;
