import { expect, test, vi } from "vitest";
import { channelIdOf } from "./fake-gateway.ts";
import { follow, nextOf, realtimeWorld, say, soon } from "./realtime-world.ts";

const { world, connect } = realtimeWorld();

const sockets = (): number => world.server.sockets.size;

test("[CL11] channels beyond the server's limit use further sockets, all live", async () => {
  const { server } = world;
  server.channelsOfSocket = 3;
  const realtime = connect();
  // The limit is unknown until the first `hello`.
  const handles = Array.from({ length: 8 }, (_, index) => follow(realtime, channelIdOf(index)));
  const errors = vi.fn();
  for (const { room } of handles) room.on("error", errors);
  const early = say(handles[7]!.room, "before the connection");
  await realtime.live();
  await early;
  expect([sockets(), server.mostOnASocket]).toEqual([3, 3]);
  for (let index = 0; index < 8; index++) server.append(channelIdOf(index), `for ${index}`);
  await soon(() =>
    expect(handles.map(({ seen }) => seen.at(-1))).toEqual(handles.map((_, index) => `for ${index}`)),
  );
  const later = follow(realtime, channelIdOf(8));
  await later.room.live();
  expect([sockets(), server.mostOnASocket]).toEqual([3, 3]);
  expect(await Promise.all(handles.map(({ room }) => say(room, "all")))).toHaveLength(8);
  expect(errors).not.toHaveBeenCalled();
});

test("[CL11] all sockets resume after a cut without gaps or duplicates", async () => {
  const { server } = world;
  server.channelsOfSocket = 2;
  const realtime = connect();
  const handles = Array.from({ length: 5 }, (_, index) => follow(realtime, channelIdOf(index)));
  await realtime.live();
  const lost = nextOf(realtime, "lost");
  server.cut();
  handles.forEach((_, index) => server.append(channelIdOf(index), "missed"));
  await lost;
  const answers = handles.map(({ room }) => say(room, "sent offline"));
  await Promise.all(answers);
  await realtime.live();
  await soon(() => {
    for (const { seen } of handles) expect(seen).toEqual(["missed", "sent offline"]);
  });
  expect(sockets()).toBe(3);
});

test("[CL11] after a lower limit surplus channels and commands change sockets", async () => {
  const { server } = world;
  const realtime = connect();
  const handles = Array.from({ length: 4 }, (_, index) => follow(realtime, channelIdOf(index)));
  await realtime.live();
  expect(sockets()).toBe(1);
  server.mute = true;
  const answers = handles.map(({ room }) => say(room, "once"));
  await soon(() => expect(server.asked("messageCreate")).toHaveLength(4));
  server.mute = false;
  server.channelsOfSocket = 2;
  server.mostOnASocket = 0;
  server.cut();
  await Promise.all(answers);
  await realtime.live();
  expect([sockets(), server.mostOnASocket]).toEqual([2, 2]);
  await soon(() => {
    for (const { seen } of handles) expect(seen).toEqual(["once"]);
  });
});

test("[CL11] a further socket closes with its last channel; own events come once", async () => {
  const { server } = world;
  server.channelsOfSocket = 2;
  const realtime = connect();
  const handles = Array.from({ length: 5 }, (_, index) => follow(realtime, channelIdOf(index)));
  const own = vi.fn();
  realtime.on("event", own);
  await realtime.live();
  server.appendOwn("readUpdate");
  await realtime.setStatus({ idle: true });
  await soon(() => expect(server.asked("statusUpdate")).toHaveLength(3));
  expect(own).toHaveBeenCalledTimes(1);
  handles[4]!.room.close();
  await soon(() => expect(sockets()).toBe(2));
  for (const { room } of handles) room.close();
  await soon(() => expect(sockets()).toBe(1));
  await realtime.live();
  const again = Array.from({ length: 5 }, (_, index) => follow(realtime, channelIdOf(index)));
  await realtime.live();
  expect([sockets(), server.mostOnASocket, again.length]).toEqual([3, 2, 5]);
  await soon(() => expect(server.asked("statusUpdate")).toHaveLength(5));
  realtime.close();
  await soon(() => expect(sockets()).toBe(0));
});

test("[CL11] a further socket lost while leaving its last channel stays closed", async () => {
  const { server } = world;
  server.channelsOfSocket = 1;
  const realtime = connect();
  const handles = [0, 1].map((index) => follow(realtime, channelIdOf(index)));
  await realtime.live();
  expect(sockets()).toBe(2);
  server.holdsLeaves = true;
  handles[1]!.room.close();
  const lost = nextOf(realtime, "lost");
  server.cut();
  await lost;
  await realtime.live();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(sockets()).toBe(1);
});
