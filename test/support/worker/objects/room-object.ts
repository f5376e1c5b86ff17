import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { ChannelRoom } from "../../../../src/channel-object/index.ts";
import { type Config, configOf } from "../../../../src/config.ts";
import type { TestUser } from "../fixtures/accounts.ts";

export const roomStub = (channelId: string) => env.ROOMS.getByName(channelId);

/** Overrides configuration values in a room and evicts it, so that it starts with them. */
export async function setRoomConfig(channelId: string, change: Partial<Config>): Promise<void> {
  await inRoom(channelId, (room) => {
    Object.assign(configOf((room as unknown as { env: Env }).env), change);
  });
  await evictRoom(channelId);
}

/** Runs `work` inside the object of a channel. */
export const inRoom = <T>(
  channelId: string,
  work: (room: ChannelRoom, state: DurableObjectState) => T | Promise<T>,
): Promise<T> => runInDurableObject(roomStub(channelId), work as never) as Promise<T>;

/** Queries the room's own SQLite. */
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

/** Evicts an object from memory if it is running; its sockets stay. */
export const evictObject = (stub: DurableObjectStub): Promise<void> =>
  evictDurableObject(stub, { webSockets: "hibernate" }).catch((error: unknown) => {
    if (!String(error).includes("not currently running")) throw error;
  });

/** Evicts a room. An eviction waits for timers; `progress` ends the index's batching timer. */
export async function evictRoom(channelId: string): Promise<void> {
  await roomStub(channelId).progress();
  await evictObject(roomStub(channelId));
}

/** Returns the open sockets of a room's subscribers; a supervisor's socket has no attachment. */
export const subscriberSockets = (state: DurableObjectState): WebSocket[] =>
  state
    .getWebSockets()
    .filter((ws) => ws.readyState === WebSocket.OPEN && ws.deserializeAttachment() !== null);

/**
 * Delivers frames to a room as if they arrived at one moment. The first runs at once if the room is idle; all others share the
 * next batch.
 */
export const sendTogether = (
  channelId: string,
  frames: readonly (readonly [TestUser, object])[],
): Promise<void> =>
  inRoom(channelId, async (room, state) => {
    const sockets = subscriberSockets(state);
    // Waits for the broadcast and the pause after any earlier batch: three timers, each armed by the one before, the last of at most 50 ms.
    // Timers fire in order, so this holds however late they are.
    await scheduler.wait(0);
    await scheduler.wait(0);
    await scheduler.wait(60);
    for (const [{ sessionId }, frame] of frames) {
      const socket = sockets.find(
        (ws) => ws.readyState === WebSocket.OPEN && ws.deserializeAttachment()?.sessionId === sessionId,
      );
      if (!socket) throw new Error(`No socket of ${sessionId}`);
      room.webSocketMessage(socket, JSON.stringify(frame));
      // Lets a command finish its preparation if that needs no other object; no timer runs meanwhile.
      for (let tick = 0; tick < 50; tick++) await Promise.resolve();
    }
  });

/** Returns all tables of a room's SQLite except cursors and scheduled tasks, which follow the log by themselves. */
export const roomTables = (channelId: string): Promise<Record<string, unknown[]>> =>
  inRoom(channelId, (_, { storage: { sql } }) => {
    const tables = sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT IN ('cursors', 'due')",
      )
      .toArray();
    return Object.fromEntries(tables.map(({ name }) => [name, sql.exec(`SELECT * FROM ${name}`).toArray()]));
  });

/** Makes the room's SQLite fail on inserts whose column contains `text`. */
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
