import { expect, test, vi } from "vitest";
import { channelIdOf } from "./fake-gateway.ts";
import {
  recordChannel,
  nextRealtimeEvent,
  useFakeGateway,
  postMessage,
  waitForExpectation,
} from "./realtime-fixture.ts";

const { fixture, connect } = useFakeGateway();

const sockets = (): number => fixture.server.sockets.size;

test("[CL11] channels beyond the server's limit use further sockets, all live", async () => {
  const { server } = fixture;
  server.maxSubscriptions = 3;
  const realtime = connect();
  // The limit is unknown until the first `hello`.
  const handles = Array.from({ length: 8 }, (_, index) => recordChannel(realtime, channelIdOf(index)));
  const errors = vi.fn();
  for (const { room } of handles) room.on("error", errors);
  const early = postMessage(handles[7]!.room, "before the connection");
  await realtime.live();
  await early;
  expect([sockets(), server.maxSubscribed]).toEqual([3, 3]);
  for (let index = 0; index < 8; index++) server.append(channelIdOf(index), `for ${index}`);
  await waitForExpectation(() =>
    expect(handles.map(({ seen }) => seen.at(-1))).toEqual(handles.map((_, index) => `for ${index}`)),
  );
  const later = recordChannel(realtime, channelIdOf(8));
  await later.room.live();
  expect([sockets(), server.maxSubscribed]).toEqual([3, 3]);
  expect(await Promise.all(handles.map(({ room }) => postMessage(room, "all")))).toHaveLength(8);
  expect(errors).not.toHaveBeenCalled();
});

test("[CL11] all sockets resume after a cut without gaps or duplicates", async () => {
  const { server } = fixture;
  server.maxSubscriptions = 2;
  const realtime = connect();
  const handles = Array.from({ length: 5 }, (_, index) => recordChannel(realtime, channelIdOf(index)));
  await realtime.live();
  const lost = nextRealtimeEvent(realtime, "lost");
  server.terminateSockets();
  handles.forEach((_, index) => server.append(channelIdOf(index), "missed"));
  await lost;
  const answers = handles.map(({ room }) => postMessage(room, "sent offline"));
  await Promise.all(answers);
  await realtime.live();
  await waitForExpectation(() => {
    for (const { seen } of handles) expect(seen).toEqual(["missed", "sent offline"]);
  });
  expect(sockets()).toBe(3);
});

test("[CL11] after a lower limit surplus channels and commands change sockets", async () => {
  const { server } = fixture;
  const realtime = connect();
  const handles = Array.from({ length: 4 }, (_, index) => recordChannel(realtime, channelIdOf(index)));
  await realtime.live();
  expect(sockets()).toBe(1);
  server.sendsNoAcks = true;
  const answers = handles.map(({ room }) => postMessage(room, "once"));
  await waitForExpectation(() => expect(server.framesOfType("messageCreate")).toHaveLength(4));
  server.sendsNoAcks = false;
  server.maxSubscriptions = 2;
  server.maxSubscribed = 0;
  server.terminateSockets();
  await Promise.all(answers);
  await realtime.live();
  expect([sockets(), server.maxSubscribed]).toEqual([2, 2]);
  await waitForExpectation(() => {
    for (const { seen } of handles) expect(seen).toEqual(["once"]);
  });
});

test("[CL11] a further socket closes with its last channel; own events come once", async () => {
  const { server } = fixture;
  server.maxSubscriptions = 2;
  const realtime = connect();
  const handles = Array.from({ length: 5 }, (_, index) => recordChannel(realtime, channelIdOf(index)));
  const own = vi.fn();
  realtime.on("event", own);
  await realtime.live();
  server.appendUserEvent("readUpdate");
  await realtime.setStatus({ idle: true });
  await waitForExpectation(() => expect(server.framesOfType("statusUpdate")).toHaveLength(3));
  expect(own).toHaveBeenCalledTimes(1);
  handles[4]!.room.close();
  await waitForExpectation(() => expect(sockets()).toBe(2));
  for (const { room } of handles) room.close();
  await waitForExpectation(() => expect(sockets()).toBe(1));
  await realtime.live();
  const again = Array.from({ length: 5 }, (_, index) => recordChannel(realtime, channelIdOf(index)));
  await realtime.live();
  expect([sockets(), server.maxSubscribed, again.length]).toEqual([3, 2, 5]);
  await waitForExpectation(() => expect(server.framesOfType("statusUpdate")).toHaveLength(5));
  realtime.close();
  await waitForExpectation(() => expect(sockets()).toBe(0));
});

test("[CL11] a further socket lost while leaving its last channel stays closed", async () => {
  const { server } = fixture;
  server.maxSubscriptions = 1;
  const realtime = connect();
  const handles = [0, 1].map((index) => recordChannel(realtime, channelIdOf(index)));
  await realtime.live();
  expect(sockets()).toBe(2);
  server.omitsUnsubscribed = true;
  handles[1]!.room.close();
  const lost = nextRealtimeEvent(realtime, "lost");
  server.terminateSockets();
  await lost;
  await realtime.live();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(sockets()).toBe(1);
});
