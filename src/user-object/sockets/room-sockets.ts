import type { Migration } from "../../durable/migrations.ts";

/** The sockets to rooms that this hub admitted. A row stays until its room has said that the socket is gone. */
export const createRoomSockets: Migration = (sql) => {
  sql.exec(
    "CREATE TABLE room_sockets (id TEXT PRIMARY KEY, channel_id TEXT NOT NULL, direct INTEGER NOT NULL) WITHOUT ROWID",
  );
};

/** A socket to a room, by the id that the room gave it. `direct`: the client's own, without a gateway. */
export interface RoomSocket {
  id: string;
  channelId: string;
  direct: boolean;
}

type Row = { id: string; channelId: string; direct: number };

/** Never fewer than there are: whatever ends without a word to the hub is still counted, until its room is asked. */
export class RoomSockets {
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

  /** What memory holds may have been rolled back. */
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
