import { afterEach, beforeEach, vi } from "vitest";
import { createClient } from "../../../src/client/index.ts";
import type {
  ParleyClient,
  Realtime,
  RealtimeEvents,
  RealtimeOptions,
  Room,
  RoomEvents,
  RoomOptions,
  Tokens,
} from "../../../src/client/index.ts";
import { channelIdOf, FakeGateway } from "./fake-gateway.ts";

export const tokens: Tokens = {
  accessToken: "access-one",
  refreshToken: "r1",
  tokenType: "Bearer",
  expiresIn: 900,
};
const backoff = { minMs: 5, maxMs: 20 };
export const [firstChannelId, secondChannelId] = [channelIdOf(1), channelIdOf(2)] as const;

/** Creates a fake gateway and a client of it for each test. */
export function useFakeGateway() {
  const fixture = {} as { server: FakeGateway; client: ParleyClient; url: string };
  const opened: Realtime[] = [];

  beforeEach(async () => {
    fixture.server = new FakeGateway();
    fixture.url = await fixture.server.listen();
    fixture.client = createClient({ url: fixture.url, tokens });
  });

  afterEach(async () => {
    for (const realtime of opened.splice(0)) realtime.close();
    await fixture.server.stop();
  });

  /** Connects without requests for unreads, unless configured. */
  const connect = (options: RealtimeOptions = {}): Realtime => {
    const realtime = fixture.client.connect({ backoff, unreadsEveryMs: 0, ...options });
    opened.push(realtime);
    return realtime;
  };

  return { fixture, connect };
}

/** Opens a channel and records the contents that its handle delivers. */
export function recordChannel(realtime: Realtime, channelId: string, options: RoomOptions = {}) {
  const room = realtime.subscribe(channelId, options);
  const seen: string[] = [];
  const states: string[] = [];
  room.on("messageCreate", ({ data }) => seen.push(data.message.content));
  room.on("state", (state) => states.push(state));
  return { room, seen, states };
}

type Source<Events> = {
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void;
};

export const nextRoomEvent = <Name extends keyof RoomEvents>(room: Room, name: Name) =>
  once<RoomEvents, Name>(room, name);
export const nextRealtimeEvent = <Name extends keyof RealtimeEvents>(realtime: Realtime, name: Name) =>
  once<RealtimeEvents, Name>(realtime, name);

const once = <Events, Name extends keyof Events>(source: Source<Events>, name: Name) =>
  new Promise<Events[Name]>((resolve) => {
    const stop = source.on(name, (value) => {
      stop();
      resolve(value);
    });
  });

/** Waits up to 4 s, since the machine may be busy. */
export const waitForExpectation = (check: () => void) => vi.waitFor(check, { timeout: 4_000 });

export const postMessage = (room: Room, content: string) => room.send("messageCreate", { content });
