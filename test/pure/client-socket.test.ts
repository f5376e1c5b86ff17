import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createClient } from "../../src/client/index.ts";
import type {
  ParleyClient,
  Room,
  RoomEvents,
  RoomOptions,
  RoomState,
  Tokens,
} from "../../src/client/index.ts";
import { channelId, FakeServer } from "./client-fake-server.ts";

const tokens: Tokens = { accessToken: "access-one", refreshToken: "r1", tokenType: "Bearer", expiresIn: 900 };
const backoff = { minMs: 5, maxMs: 20 };

let server: FakeServer;
let client: ParleyClient;
let rooms: Room[];

beforeEach(async () => {
  server = new FakeServer();
  client = createClient({ url: await server.listen(), tokens });
  rooms = [];
});

afterEach(async () => {
  for (const room of rooms) room.close();
  await server.stop();
});

/** A room, and the contents that it handed out. */
function open(options: RoomOptions = {}) {
  const room = client.room(channelId, { backoff, ...options });
  rooms.push(room);
  const seen: string[] = [];
  const states: RoomState[] = [];
  room.on("messageCreate", ({ data }) => seen.push(data.message.content));
  room.on("state", (state) => states.push(state));
  return { room, seen, states };
}

const next = <Name extends keyof RoomEvents>(room: Room, name: Name) =>
  new Promise<RoomEvents[Name]>((resolve) => {
    const stop = room.on(name, (value) => {
      stop();
      resolve(value);
    });
  });

/** Waits longer than it ever should take, for machines that have other things to do. */
const soon = (check: () => void) => vi.waitFor(check, { timeout: 4_000 });

const say = (room: Room, content: string) => room.send("messageCreate", { content });

describe("living", () => {
  test("it offers the subprotocol and the token, and is live from the head on", async () => {
    server.append("before");
    const { room, seen, states } = open();
    expect(room.state).toBe("connecting");
    await room.live();
    server.append("after");
    await soon(() => expect(seen).toEqual(["after"]));
    expect(states).toEqual(["behind", "live"]);
    expect(room.place).toEqual({ seq: 2, epoch: "epoch-one" });
  });

  test("with `since` it begins there", async () => {
    for (const content of ["1", "2", "3"]) server.append(content);
    const { room, seen } = open({ since: { seq: 1, epoch: "epoch-one" } });
    await room.live();
    expect(seen).toEqual(["2", "3"]);
  });

  test("a listener can be taken off", async () => {
    const { room } = open();
    const heard = vi.fn();
    const stop = room.on("event", heard);
    await room.live();
    await say(room, "one");
    stop();
    await say(room, "two");
    expect(heard).toHaveBeenCalledTimes(1);
  });
});

describe("sending", () => {
  test("an ack resolves with what was made, a refusal rejects with its code", async () => {
    const { room } = open();
    await room.live();
    expect(await say(room, "hi")).toMatchObject({ message: { content: "hi", seq: 1 } });
    server.refuseNext = "forbidden";
    await expect(say(room, "no")).rejects.toMatchObject({
      name: "ParleyError",
      code: "forbidden",
      status: 403,
    });
    expect(room.unanswered).toBe(0);
  });

  test("what is said before the connection is there is sent in order when it is", async () => {
    const { room, seen } = open();
    await Promise.all(["1", "2", "3"].map((content) => say(room, content)));
    await soon(() => expect(seen).toEqual(["1", "2", "3"]));
  });

  test("cut between commit and ack, it is repeated with the same nonce and is there once", async () => {
    const { room, seen } = open();
    await room.live();
    server.mute = true;
    const answer = say(room, "once");
    await soon(() => expect(server.frames).toHaveLength(1));
    server.mute = false;
    server.cut();
    expect(await answer).toMatchObject({ deduplicated: true, message: { seq: 1 } });
    const [first, second] = server.frames;
    expect(second).toEqual(first);
    expect(String(first?.data["nonce"])).toMatch(/^[0-9a-f]{32}$/);
    expect(seen).toEqual(["once"]);
  });

  test("a nonce of one's own is kept", async () => {
    const { room } = open();
    await room.send("messageCreate", { content: "hi", nonce: "mine" });
    expect(server.frames[0]?.data).toEqual({ content: "hi", nonce: "mine" });
  });

  test("a frame that the server could not even name is refused here", async () => {
    const { room } = open();
    await expect(say(room, "x".repeat(70_000))).rejects.toMatchObject({
      code: "payload_too_large",
      status: 413,
    });
    expect(room.unanswered).toBe(0);
  });

  test("closing rejects what has no answer, and what comes after", async () => {
    const { room } = open();
    await room.live();
    server.mute = true;
    const answer = say(room, "hi");
    room.close();
    await expect(answer).rejects.toMatchObject({ code: "unavailable", status: 0 });
    await expect(say(room, "more")).rejects.toMatchObject({ code: "unavailable", status: 0 });
    expect(room.state).toBe("offline");
  });
});

describe("coming back", () => {
  test("after a cut it resumes from its place: nothing missing, nothing twice", async () => {
    const { room, seen, states } = open();
    await room.live();
    await say(room, "1");
    const offline = next(room, "lost");
    server.cut();
    await offline;
    server.append("2");
    server.append("3");
    await room.live();
    expect(seen).toEqual(["1", "2", "3"]);
    expect(Object.fromEntries(server.upgrades[1]!.searchParams)).toEqual({ since: "1", epoch: "epoch-one" });
    expect(states).toEqual(["behind", "live", "offline", "connecting", "behind", "live"]);
  });

  test("more than is replayed is a gap, told and fetched page by page, before what is live", async () => {
    server.replayEvents = 5;
    const { room, seen } = open();
    await room.live();
    const gap = next(room, "gap");
    server.cut();
    for (let count = 1; count <= 250; count++) server.append(`${count}`);
    expect(await gap).toEqual({ from: 1, to: 245 });
    server.append("live");
    await room.live();
    await soon(() =>
      expect(seen).toEqual([...Array.from({ length: 250 }, (_, index) => `${index + 1}`), "live"]),
    );
    expect(server.requests.filter((request) => request.includes("/events")).length).toBeGreaterThanOrEqual(3);
  });

  test("another log is a reset: the application is told, fetches a snapshot, and goes on behind it", async () => {
    const snapshot = vi.fn(async () => server.place);
    const { room, seen } = open({ snapshot });
    await room.live();
    server.append("old");
    await soon(() => expect(seen).toEqual(["old"]));
    const reset = next(room, "reset");
    server.epoch = "epoch-two";
    server.log = [];
    server.append("in the snapshot");
    server.cut();
    expect(await reset).toEqual({ seq: 1, epoch: "epoch-two" });
    await room.live();
    expect(snapshot).toHaveBeenCalledTimes(2);
    server.append("new");
    await soon(() => expect(seen.at(-1)).toBe("new"));
    expect(room.place).toEqual({ seq: 2, epoch: "epoch-two" });
    expect(seen).not.toContain("in the snapshot");
  });

  test("a snapshot of the old log, from a database that lags, is not taken", async () => {
    const answers = [{ seq: 5, epoch: "epoch-zero" }];
    const { room } = open({
      since: { seq: 9, epoch: "epoch-zero" },
      snapshot: async () => answers.shift() ?? server.place,
    });
    await room.live();
    expect(answers).toEqual([]);
    expect(room.place).toEqual({ seq: 0, epoch: "epoch-one" });
  });

  test("a snapshot that fails is told and fetched again", async () => {
    let tries = 0;
    const { room } = open({
      snapshot: async () => {
        if (++tries === 1) throw new Error("not yet");
        return server.place;
      },
    });
    const failed = next(room, "error");
    expect(await failed).toMatchObject({ code: "internal", cause: new Error("not yet") });
    await room.live();
    expect(tries).toBe(2);
  });

  test("a server that is away is tried until it is there", async () => {
    const { room, states } = open();
    await room.live();
    await server.stop();
    for (let times = 0; times < 3; times++) await next(room, "lost");
    await server.listen();
    await room.live();
    expect(states.filter((state) => state === "connecting").length).toBeGreaterThan(2);
  });

  test("silence is noticed: a pong that does not come is the end of the connection", async () => {
    server.heartbeatMs = 150;
    const { room, seen } = open();
    await room.live();
    await soon(() => expect(server.pings).toBeGreaterThan(1));
    expect(room.state).toBe("live");
    server.silent = true;
    await next(room, "lost");
    server.append("missed");
    server.silent = false;
    server.cut();
    await room.live();
    expect(seen).toEqual(["missed"]);
  });

  test("an expired token is refreshed on the way back", async () => {
    const { room } = open();
    await room.live();
    server.accepted.clear();
    server.cut();
    await next(room, "lost");
    await room.live();
    expect(client.tokens?.accessToken).toBe("access-two");
  });
});

describe("the end", () => {
  test.each([
    [4401, "unauthenticated"],
    [4403, "not_found"],
    [1009, "payload_too_large"],
  ])("close code %i means: do not come back", async (code, expected) => {
    const { room } = open();
    await room.live();
    const closed = next(room, "closed");
    server.close(code);
    expect(await closed).toMatchObject({ code: expected });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.upgrades).toHaveLength(1);
    await expect(room.live()).rejects.toMatchObject({ code: expected });
  });

  test.each([1012, 4408, 4429, 1011])("close code %i means: come back", async (code) => {
    const { room } = open();
    await room.live();
    server.close(code);
    await next(room, "lost");
    await room.live();
    expect(server.upgrades).toHaveLength(2);
  });

  test("a session that cannot be renewed ends the room instead of knocking for ever", async () => {
    server.accepted.clear();
    const renewed = vi.spyOn(server.accepted, "add").mockReturnThis();
    const { room } = open();
    expect(await next(room, "closed")).toMatchObject({ code: "unauthenticated" });
    expect(renewed).toHaveBeenCalled();
  });
});

test("what was read is confirmed in bytes, as they came over the wire", async () => {
  server.confirmEveryBytes = 1_000;
  const { room } = open();
  await room.live();
  server.append("ü".repeat(600));
  await soon(() => expect(server.frames).toHaveLength(1));
  expect(server.frames[0]?.type).toBe("seen");
  const confirmed = Number(server.frames[0]?.data["bytes"]);
  expect(confirmed).toBeGreaterThan(1_200);
  server.append("short");
  server.append("ü".repeat(600));
  await soon(() => expect(server.frames).toHaveLength(2));
  expect(Number(server.frames[1]?.data["bytes"])).toBeLessThan(1.5 * confirmed);
});
