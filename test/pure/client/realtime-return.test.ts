import { expect, test, vi } from "vitest";
import { channelIdOf } from "./fake-gateway.ts";
import { first, follow, next, nextOf, realtimeWorld, say, second, soon } from "./realtime-world.ts";

const { world, connect } = realtimeWorld();

test("[CL1][CL3] after a cut every channel resumes without gaps or duplicates", async () => {
  const { server } = world;
  const realtime = connect();
  const one = follow(realtime, first);
  const two = follow(realtime, second);
  await realtime.live();
  server.append(first, "1");
  await soon(() => expect(one.seen).toEqual(["1"]));
  const lost = nextOf(realtime, "lost");
  server.cut();
  server.append(first, "2");
  server.append(second, "a");
  expect((await lost).retryInMs).toBeLessThan(20);
  await realtime.live();
  expect(one.seen).toEqual(["1", "2"]);
  expect(two.seen).toEqual(["a"]);
  expect(server.asked("subscribe").map(({ data }) => data)).toEqual([
    {},
    {},
    { since: 1, epoch: "epoch-one" },
    { since: 0, epoch: "epoch-one" },
  ]);
});

test("[CL4] states are correct for each channel and for the connection", async () => {
  const { server } = world;
  const realtime = connect();
  const whole: string[] = [];
  realtime.on("state", (state) => whole.push(state));
  const { room, states } = follow(realtime, first);
  expect([realtime.state, room.state]).toEqual(["connecting", "connecting"]);
  await realtime.live();
  await server.stop();
  await nextOf(realtime, "lost");
  const late = follow(realtime, second);
  expect(late.room.state).toBe(realtime.state);
  await server.listen();
  await realtime.live();
  expect(states.slice(0, 3)).toEqual(["behind", "live", "offline"]);
  expect(states.slice(-3)).toEqual(["connecting", "behind", "live"]);
  expect(whole.slice(-3)).toEqual(["connecting", "behind", "live"]);
  realtime.close();
  expect([realtime.state, room.state]).toEqual(["offline", "offline"]);
  await expect(realtime.live()).rejects.toMatchObject({ code: "unavailable" });
});

test("[CL2] unacknowledged commands repeat in order with the same nonce", async () => {
  const { server } = world;
  const realtime = connect();
  const { room, seen } = follow(realtime, first);
  await realtime.live();
  server.mute = true;
  const answers = ["1", "2", "3"].map((content) => say(room, content));
  await soon(() => expect(server.asked("messageCreate")).toHaveLength(3));
  server.mute = false;
  server.cut();
  const later = say(room, "4");
  expect(await Promise.all([...answers, later])).toMatchObject([
    { deduplicated: true },
    { deduplicated: true },
    { deduplicated: true },
    { message: { seq: 4 } },
  ]);
  const said = server.asked("messageCreate");
  expect(said.slice(3, 6)).toEqual(said.slice(0, 3));
  const types = server.frames.map(({ type }) => type);
  expect(types.lastIndexOf("subscribe")).toBe(types.indexOf("messageCreate") + 3);
  await soon(() => expect(seen).toEqual(["1", "2", "3", "4"]));
});

test("[CL3] a gap too large to replay is fetched in pages before live events", async () => {
  const { server } = world;
  server.replayEvents = 5;
  const realtime = connect();
  const { room, seen } = follow(realtime, first);
  await realtime.live();
  const gap = next(room, "gap");
  server.cut();
  for (let count = 1; count <= 250; count++) server.append(first, `${count}`);
  expect(await gap).toEqual({ from: 1, to: 245 });
  server.append(first, "live");
  await realtime.live();
  await soon(() =>
    expect(seen).toEqual([...Array.from({ length: 250 }, (_, index) => `${index + 1}`), "live"]),
  );
});

test("[CL3] another log resets only that channel, by a snapshot", async () => {
  const { server } = world;
  const realtime = connect();
  const snapshot = vi.fn(async () => server.log(first).place);
  const one = follow(realtime, first, { snapshot });
  const two = follow(realtime, second);
  await realtime.live();
  const reset = next(one.room, "reset");
  const others = vi.fn();
  two.room.on("reset", others);
  server.cut();
  server.channels.delete(first);
  server.log(first).epoch = "epoch-two";
  server.append(first, "in the snapshot");
  server.append(second, "b");
  expect(await reset).toEqual({ seq: 1, epoch: "epoch-two" });
  await realtime.live();
  server.append(first, "new");
  await soon(() => expect(one.seen).toEqual(["new"]));
  expect(two.seen).toEqual(["b"]);
  expect(others).not.toHaveBeenCalled();
  expect(snapshot).toHaveBeenCalledTimes(2);
});

test("[CL3] an expired token is refreshed during the reconnect", async () => {
  const { server, client } = world;
  const realtime = connect();
  const { room } = follow(realtime, first);
  await realtime.live();
  server.accepted.clear();
  server.cut();
  await nextOf(realtime, "lost");
  expect(await say(room, "hi")).toMatchObject({ message: { seq: 1 } });
  expect(client.tokens?.accessToken).toBe("access-two");
});

test("[CL3] an ended session closes everything and rejects pending commands", async () => {
  const { server } = world;
  const realtime = connect();
  const { room } = follow(realtime, first);
  await realtime.live();
  server.lost.add(first);
  const waiting = say(room, "hi");
  await soon(() => expect(server.asked("messageCreate")).toHaveLength(1));
  const closed = Promise.all([nextOf(realtime, "closed"), next(room, "closed")]);
  server.close(4401);
  expect(await closed).toMatchObject([{ code: "unauthenticated" }, { code: "unauthenticated" }]);
  await expect(waiting).rejects.toMatchObject({ code: "unauthenticated", mayHaveHappened: true });
  expect(server.upgrades).toHaveLength(1);
});

test("[CL3] fifty channels resume within the server's rate limit", async () => {
  const { server } = world;
  Object.assign(server, { commandsPerSecond: 200, commandsBurst: 20 });
  const realtime = connect();
  const handles = Array.from({ length: 50 }, (_, index) => follow(realtime, channelIdOf(index)));
  const answers = handles.map(({ room }) => say(room, "hi"));
  await Promise.all(answers);
  await realtime.live();
  server.cut();
  await nextOf(realtime, "lost");
  await realtime.live();
  expect(server.rateLimited).toBe(0);
  expect(handles.every(({ seen }) => seen.join() === "hi")).toBe(true);
});

test("[CL3] a channel left and reopened during a cut is subscribed afterwards", async () => {
  const { server } = world;
  server.holdsLeaves = true;
  const realtime = connect();
  follow(realtime, first).room.close();
  const { room } = follow(realtime, first);
  await realtime.live();
  room.close();
  const next = follow(realtime, first);
  server.cut();
  await next.room.live();
});

test("[CL2] frames queued at a cut are sent on the next connection, once", async () => {
  const { server } = world;
  Object.assign(server, { commandsPerSecond: 10, commandsBurst: 5 });
  const realtime = connect();
  const { room } = follow(realtime, first);
  await realtime.live();
  const contents = Array.from({ length: 8 }, (_, index) => `${index}`);
  const answers = contents.map((content) => say(room, content));
  await soon(() => expect(server.asked("messageCreate").length).toBeGreaterThan(2));
  server.cut();
  expect(server.contents(first).length).toBeLessThan(8);
  await Promise.all(answers);
  expect(server.contents(first)).toEqual(contents);
});
