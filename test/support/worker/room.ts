import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { SimulatedCrash, type Failpoint, onFailpoint } from "../../../src/lib/failpoint.ts";
import type { EventEnvelope } from "../../../src/protocol/index.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import type { ChannelRoom } from "../../../src/channel-object/index.ts";
import { type TestUser, roomStub } from "./cast.ts";

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
export const evictHub = (userId: string): Promise<void> => evictObject(env.HUBS.getByName(userId));

/** The open sockets of a room's readers; that of a supervisor has no attachment. */
export const subscriberSockets = (state: DurableObjectState): WebSocket[] =>
  state
    .getWebSockets()
    .filter((ws) => ws.readyState === WebSocket.OPEN && ws.deserializeAttachment() !== null);

/**
 * Hands frames to a room as if they came at one moment. The first runs at once where the room rests; all others share the
 * next turn.
 */
export const sendTogether = (channelId: string, frames: readonly (readonly [TestUser, object])[]): Promise<void> =>
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

interface Death {
  /** Asked each time at the point: whether to pass alive. */
  spare?: (() => boolean) | undefined;
  /** What is still waited for between the death and the loss of memory: what was sent may arrive or not. */
  meanwhile?: (() => Promise<unknown>) | undefined;
}

/** The code dies when it comes to `point`, and the objects' memory with it. Resolves once they are gone. */
export async function crashAt(point: Failpoint, { spare, meanwhile }: Death = {}): Promise<void> {
  let reached = false;
  onFailpoint((at) => {
    if (at !== point || spare?.()) return;
    // What is dead tells no hub in the moment before its memory goes.
    onFailpoint((later) => {
      if (later === "room:before-expand") throw new SimulatedCrash(later);
    });
    reached = true;
    throw new SimulatedCrash(point);
  });
  // Looked for from outside, since an abort from within the object's own task takes workerd along.
  while (!reached) await scheduler.wait(1);
  // What was committed in that moment reaches the disk; what was not never does.
  await scheduler.wait(5);
  await meanwhile?.();
  await abortAllDurableObjects();
  onFailpoint(undefined);
}

/** Counts the turns that commit while `work` runs. */
export async function countCommits(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  onFailpoint((point) => {
    if (point === "room:after-commit") turns++;
  });
  await work();
  onFailpoint(undefined);
  return turns;
}

/** Nobody gets an answer of this user's hub until the function that this returns is called. */
export async function blockHub(userId: string): Promise<() => void> {
  let held = true;
  let begun = false;
  void runInDurableObject(env.HUBS.getByName(userId), (_, state) =>
    state.blockConcurrencyWhile(async () => {
      begun = true;
      while (held) await scheduler.wait(1);
    }),
  );
  while (!begun) await scheduler.wait(1);
  return () => void (held = false);
}

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
export const rejectInsertsOf = (channelId: string, text: string, table = "log", column = "data"): Promise<void> =>
  inRoom(channelId, (_, { storage: { sql } }) => {
    sql.exec(
      `CREATE TRIGGER poison_${table} BEFORE INSERT ON ${table} WHEN instr(NEW.${column}, '${text}') BEGIN SELECT RAISE(ABORT, 'poisoned'); END`,
    );
  });

/** The log of a channel through REST, page by page, as text: each envelope as it was sent. */
export async function listEvents(channelId: string, reader: TestUser, after = 0): Promise<EventEnvelope[]> {
  const events: EventEnvelope[] = [];
  for (;;) {
    const { body } = await reader.call(
      "GET",
      `/v1/channels/${channelId}/events?after=${events.at(-1)?.seq ?? after}&limit=100`,
    );
    events.push(...body.events);
    if (!body.hasMore) return events;
  }
}

/** The numbers from `first` on, as many as `count`. */
export const sequenceFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => first + at);

export const messageFrame = (content: string, nonce?: string, id?: string | number) => ({
  ...(id !== undefined && { id }),
  type: "messageCreate",
  data: { content, ...(nonce && { nonce }) },
});

/** Every socket that connects stops between its session's word and the room's, until `release` is called. */
export function pauseAttach(): { reached: () => Promise<void>; release: () => void } {
  const attach = UserHub.prototype.attachSocket;
  let [arrived, open] = [false, false];
  const spy = vi.spyOn(UserHub.prototype, "attach").mockImplementation(async function (
    this: UserHub,
    ...args
  ) {
    const answer = await attach.apply(this, args);
    arrived = true;
    while (!open) await scheduler.wait(1);
    return answer;
  });
  return {
    reached: async () => {
      while (!arrived) await scheduler.wait(1);
    },
    release: () => {
      open = true;
      spy.mockRestore();
    },
  };
}
