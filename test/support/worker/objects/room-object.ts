import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { ChannelRoom } from "../../../../src/channel-object/index.ts";
import { type Config, configOf } from "../../../../src/config.ts";
import type { TestUser } from "../fixtures/accounts.ts";

export const roomStub = (channelId: string) => env.ROOMS.getByName(channelId);

/** Sets vars as the room sees them from now on: it forgets all that it holds in memory. */
export async function setRoomConfig(channelId: string, change: Partial<Config>): Promise<void> {
  await inRoom(channelId, (room) => {
    Object.assign(configOf((room as unknown as { env: Env }).env), change);
  });
  await evictRoom(channelId);
}

/** Runs inside the object of a channel. */
export const inRoom = <T>(
  channelId: string,
  work: (room: ChannelRoom, state: DurableObjectState) => T | Promise<T>,
): Promise<T> => runInDurableObject(roomStub(channelId), work as never) as Promise<T>;

/** All rows of a query against the object's own SQLite. */
export const roomRows = <Row extends Record<string, SqlStorageValue>>(
  channelId: string,
  query: string,
  ...bindings: unknown[]
): Promise<Row[]> =>
  inRoom(channelId, (_, { storage }) => storage.sql.exec<Row>(query, ...bindings).toArray());

export const roomLog = (channelId: string) =>
  roomRows<{ seq: number; at: number; v: number; type: string; data: string; for_sinks: string | null }>(
    channelId,
    "SELECT seq, at, v, type, data, for_sinks FROM log ORDER BY seq",
  );

/** An object loses its memory, if it has one at the moment; its sockets stay. */
export const evictObject = (stub: DurableObjectStub): Promise<void> =>
  evictDurableObject(stub, { webSockets: "hibernate" }).catch((error: unknown) => {
    if (!String(error).includes("not currently running")) throw error;
  });

/** An eviction waits for timers: asking ends the rest of the index. */
export async function evictRoom(channelId: string): Promise<void> {
  await roomStub(channelId).progress();
  await evictObject(roomStub(channelId));
}

/** The open sockets of a room's readers; that of a supervisor has no attachment. */
export const subscriberSockets = (state: DurableObjectState): WebSocket[] =>
  state
    .getWebSockets()
    .filter((ws) => ws.readyState === WebSocket.OPEN && ws.deserializeAttachment() !== null);

/**
 * Hands frames to a room as if they came at one moment. The first runs at once where the room rests; all others share the
 * next turn.
 */
export const sendTogether = (
  channelId: string,
  frames: readonly (readonly [TestUser, object])[],
): Promise<void> =>
  inRoom(channelId, async (room, state) => {
    const sockets = subscriberSockets(state);
    // Past the pause of any turn before.
    await scheduler.wait(60);
    for (const [{ sessionId }, frame] of frames) {
      const socket = sockets.find(
        (ws) => ws.readyState === WebSocket.OPEN && ws.deserializeAttachment()?.sessionId === sessionId,
      );
      if (!socket) throw new Error(`No socket of ${sessionId}`);
      room.webSocketMessage(socket, JSON.stringify(frame));
      // What a command prepares without asking anybody is prepared by then; no timer runs meanwhile.
      for (let tick = 0; tick < 50; tick++) await Promise.resolve();
    }
  });

/** All tables of a room's own SQLite, but for what follows the log by itself: cursors and the due table. */
export const roomTables = (channelId: string): Promise<Record<string, unknown[]>> =>
  inRoom(channelId, (_, { storage: { sql } }) => {
    const tables = sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT IN ('cursors', 'due')",
      )
      .toArray();
    return Object.fromEntries(tables.map(({ name }) => [name, sql.exec(`SELECT * FROM ${name}`).toArray()]));
  });

/** From now on the room's SQLite refuses to log an event whose data holds `text`. */
export const rejectInsertsOf = (
  channelId: string,
  text: string,
  table = "log",
  column = "data",
): Promise<void> =>
  inRoom(channelId, (_, { storage: { sql } }) => {
    sql.exec(
      `CREATE TRIGGER poison_${table} BEFORE INSERT ON ${table} WHEN instr(NEW.${column}, '${text}') BEGIN SELECT RAISE(ABORT, 'poisoned'); END`,
    );
  });
