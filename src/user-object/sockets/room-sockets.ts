import type { Migration } from "../../durable/migrations.ts";
import type { Rollbackable } from "../rollbackable.ts";

/** The sockets to rooms that this hub admitted. A row stays until its room reports that the socket is closed. */
export const createRoomSockets: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE room_sockets (id TEXT PRIMARY KEY, channel_id TEXT NOT NULL, direct INTEGER NOT NULL) WITHOUT ROWID",
  );
};

/** A socket to a room. `direct`: a socket of the client's own, without a gateway. */
export interface RoomSocket {
  /** Given by the room. */
  id: string;
  channelId: string;
  direct: boolean;
}

type Row = { id: string; channelId: string; direct: number };

/** An upper bound of the open sockets to rooms: a closed socket is counted until its room is asked, since rooms do not report closes. */
export class RoomSockets implements Rollbackable {
  readonly #sql: SqlStorage;
  #cache: Map<string, RoomSocket> | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get all(): RoomSocket[] {
    return [...this.#sockets.values()];
  }

  has(id: string): boolean {
    return this.#sockets.has(id);
  }

  count(direct: boolean): number {
    let count = 0;
    for (const socket of this.#sockets.values()) if (socket.direct === direct) count++;
    return count;
  }

  add(socket: RoomSocket): void {
    if (this.has(socket.id)) return;
    const { id, channelId, direct } = socket;
    this.#sql.exec(
      "INSERT INTO room_sockets (id, channel_id, direct) VALUES (?, ?, ?)",
      id,
      channelId,
      direct ? 1 : 0,
    );
    this.#sockets.set(id, socket);
  }

  remove(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#sql.exec(
      "DELETE FROM room_sockets WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    for (const id of ids) this.#sockets.delete(id);
  }

  /** Discards the cached sockets, since a rollback may have undone changes. */
  invalidate(): void {
    this.#cache = undefined;
  }

  get #sockets(): Map<string, RoomSocket> {
    this.#cache ??= new Map(
      this.#sql
        .exec<Row>("SELECT id, channel_id AS channelId, direct FROM room_sockets")
        .toArray()
        .map((row) => [row.id, { ...row, direct: row.direct === 1 }]),
    );
    return this.#cache;
  }
}
