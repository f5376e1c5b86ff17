import { afterEach, beforeEach, vi } from "vitest";
import { createClient } from "../../../src/client/index.ts";
import type {
  DirectRoomOptions,
  ParleyClient,
  Room,
  RoomEvents,
  RoomState,
  Tokens,
} from "../../../src/client/index.ts";
import { channelId, FakeRoomServer } from "./fake-room-server.ts";

const tokens: Tokens = { accessToken: "access-one", refreshToken: "r1", tokenType: "Bearer", expiresIn: 900 };
const backoff = { minMs: 5, maxMs: 20 };

/** A fake room and a client of it, created for each test of a file that imports this. */
export let server: FakeRoomServer;
export let client: ParleyClient;
let rooms: Room[];

beforeEach(async () => {
  server = new FakeRoomServer();
  client = createClient({ url: await server.listen(), tokens });
  rooms = [];
});

afterEach(async () => {
  for (const room of rooms) room.close();
  await server.stop();
});

/** Opens a room and records the contents that it delivers. */
export function openRoom(options: DirectRoomOptions = {}) {
  const room = client.room(channelId, { backoff, ...options });
  rooms.push(room);
  const seen: string[] = [];
  const states: RoomState[] = [];
  room.on("messageCreate", ({ data }) => seen.push(data.message.content));
  room.on("state", (state) => states.push(state));
  return { room, seen, states };
}

export const nextRoomEvent = <Name extends keyof RoomEvents>(room: Room, name: Name) =>
  new Promise<RoomEvents[Name]>((resolve) => {
    const stop = room.on(name, (value) => {
      stop();
      resolve(value);
    });
  });

/** Waits up to 4 s, since the machine may be busy. */
export const waitForExpectation = (check: () => void) => vi.waitFor(check, { timeout: 4_000 });

export const postMessage = (room: Room, content: string) => room.send("messageCreate", { content });
