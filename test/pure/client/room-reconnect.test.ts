import { expect, test, vi } from "vitest";
import { client, nextRoomEvent, openRoom, postMessage, server, waitForExpectation } from "./room-fixture.ts";

test("[CL1][CL3] after a cut it resumes without gaps or duplicates", async () => {
  const { room, seen, states } = openRoom();
  await room.live();
  await postMessage(room, "1");
  const offline = nextRoomEvent(room, "lost");
  server.terminateSockets();
  await offline;
  server.append("2");
  server.append("3");
  await room.live();
  expect(seen).toEqual(["1", "2", "3"]);
  expect(Object.fromEntries(server.upgrades[1]!.searchParams)).toEqual({ since: "1", epoch: "epoch-one" });
  expect(states).toEqual(["behind", "live", "offline", "connecting", "behind", "live"]);
});

test("[CL3] a gap too large to replay is reported and fetched in pages", async () => {
  server.replayEvents = 5;
  const { room, seen } = openRoom();
  await room.live();
  const gap = nextRoomEvent(room, "gap");
  server.terminateSockets();
  for (let count = 1; count <= 250; count++) server.append(`${count}`);
  expect(await gap).toEqual({ from: 1, to: 245 });
  server.append("live");
  await room.live();
  await waitForExpectation(() =>
    expect(seen).toEqual([...Array.from({ length: 250 }, (_, index) => `${index + 1}`), "live"]),
  );
  expect(server.requests.filter((request) => request.includes("/events")).length).toBeGreaterThanOrEqual(3);
});

test("[CL3] another log is reported; a snapshot follows, then live events", async () => {
  const snapshot = vi.fn(async () => server.position);
  const { room, seen } = openRoom({ snapshot });
  await room.live();
  server.append("old");
  await waitForExpectation(() => expect(seen).toEqual(["old"]));
  const reset = nextRoomEvent(room, "reset");
  server.resetLog("epoch-two");
  server.append("in the snapshot");
  server.terminateSockets();
  expect(await reset).toEqual({ seq: 1, epoch: "epoch-two" });
  await room.live();
  expect(snapshot).toHaveBeenCalledTimes(2);
  server.append("new");
  await waitForExpectation(() => expect(seen.at(-1)).toBe("new"));
  expect(room.place).toEqual({ seq: 2, epoch: "epoch-two" });
  expect(seen).not.toContain("in the snapshot");
});

test("a snapshot of the old log, from a database that lags, is rejected", async () => {
  const answers = [{ seq: 5, epoch: "epoch-zero" }];
  const { room } = openRoom({
    since: { seq: 9, epoch: "epoch-zero" },
    snapshot: async () => answers.shift() ?? server.position,
  });
  await room.live();
  expect(answers).toEqual([]);
  expect(room.place).toEqual({ seq: 0, epoch: "epoch-one" });
});

test("a failed snapshot is reported and fetched again", async () => {
  let tries = 0;
  const { room } = openRoom({
    snapshot: async () => {
      if (++tries === 1) throw new Error("not yet");
      return server.position;
    },
  });
  const failed = nextRoomEvent(room, "error");
  expect(await failed).toMatchObject({ code: "internal", cause: new Error("not yet") });
  await room.live();
  expect(tries).toBe(2);
});

test("an unreachable server is retried until it responds", async () => {
  const { room, states } = openRoom();
  await room.live();
  await server.stop();
  for (let times = 0; times < 3; times++) await nextRoomEvent(room, "lost");
  await server.listen();
  await room.live();
  expect(states.filter((state) => state === "connecting").length).toBeGreaterThan(2);
});

test("[CL3] a missing pong ends the connection", async () => {
  server.heartbeatMs = 150;
  const { room, seen } = openRoom();
  await room.live();
  await waitForExpectation(() => expect(server.pings).toBeGreaterThan(1));
  expect(room.state).toBe("live");
  server.sendsNothing = true;
  await nextRoomEvent(room, "lost");
  server.append("missed");
  server.sendsNothing = false;
  server.terminateSockets();
  await room.live();
  expect(seen).toEqual(["missed"]);
});

test("[CL3] an expired token is refreshed during the reconnect", async () => {
  const { room } = openRoom();
  await room.live();
  server.acceptedTokens.clear();
  server.terminateSockets();
  await nextRoomEvent(room, "lost");
  await room.live();
  expect(client.tokens?.accessToken).toBe("access-two");
});
