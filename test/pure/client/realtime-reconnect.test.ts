import { afterEach, expect, test, vi } from "vitest";
import { createClient } from "../../../src/client/index.ts";
import { openPlatformSocket } from "../../../src/client/open-socket.ts";
import { channelIdOf } from "./fake-gateway.ts";
import {
  firstChannelId,
  recordChannel,
  nextRoomEvent,
  nextRealtimeEvent,
  useFakeGateway,
  postMessage,
  secondChannelId,
  tokens,
  waitForExpectation,
} from "./realtime-fixture.ts";

const { fixture, connect } = useFakeGateway();
afterEach(() => vi.restoreAllMocks());

test("[CL1][CL3] after a cut every channel resumes without gaps or duplicates", async () => {
  const { server } = fixture;
  const realtime = connect();
  const one = recordChannel(realtime, firstChannelId);
  const two = recordChannel(realtime, secondChannelId);
  await realtime.live();
  server.append(firstChannelId, "1");
  await waitForExpectation(() => expect(one.seen).toEqual(["1"]));
  const lost = nextRealtimeEvent(realtime, "lost");
  server.terminateSockets();
  server.append(firstChannelId, "2");
  server.append(secondChannelId, "a");
  expect((await lost).retryInMs).toBeLessThan(20);
  await realtime.live();
  expect(one.seen).toEqual(["1", "2"]);
  expect(two.seen).toEqual(["a"]);
  expect(server.framesOfType("subscribe").map(({ data }) => data)).toEqual([
    {},
    {},
    { since: 1, epoch: "epoch-one" },
    { since: 0, epoch: "epoch-one" },
  ]);
});

test("[CL4] states are correct for each channel and for the connection", async () => {
  const { server } = fixture;
  const realtime = connect();
  const whole: string[] = [];
  realtime.on("state", (state) => whole.push(state));
  const { room, states } = recordChannel(realtime, firstChannelId);
  expect([realtime.state, room.state]).toEqual(["connecting", "connecting"]);
  await realtime.live();
  await server.stop();
  await nextRealtimeEvent(realtime, "lost");
  const late = recordChannel(realtime, secondChannelId);
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
  const { server } = fixture;
  const realtime = connect();
  const { room, seen } = recordChannel(realtime, firstChannelId);
  await realtime.live();
  server.sendsNoAcks = true;
  const answers = ["1", "2", "3"].map((content) => postMessage(room, content));
  await waitForExpectation(() => expect(server.framesOfType("messageCreate")).toHaveLength(3));
  server.sendsNoAcks = false;
  server.terminateSockets();
  const later = postMessage(room, "4");
  expect(await Promise.all([...answers, later])).toMatchObject([
    { deduplicated: true },
    { deduplicated: true },
    { deduplicated: true },
    { message: { seq: 4 } },
  ]);
  const said = server.framesOfType("messageCreate");
  expect(said.slice(3, 6)).toEqual(said.slice(0, 3));
  const types = server.frames.map(({ type }) => type);
  expect(types.lastIndexOf("subscribe")).toBe(types.indexOf("messageCreate") + 3);
  await waitForExpectation(() => expect(seen).toEqual(["1", "2", "3", "4"]));
});

test("[CL3] a gap too large to replay is fetched in pages before live events", async () => {
  const { server } = fixture;
  server.replayEvents = 5;
  const realtime = connect();
  const { room, seen } = recordChannel(realtime, firstChannelId);
  await realtime.live();
  const gap = nextRoomEvent(room, "gap");
  server.terminateSockets();
  for (let count = 1; count <= 250; count++) server.append(firstChannelId, `${count}`);
  expect(await gap).toEqual({ from: 1, to: 245 });
  server.append(firstChannelId, "live");
  await realtime.live();
  await waitForExpectation(() =>
    expect(seen).toEqual([...Array.from({ length: 250 }, (_, index) => `${index + 1}`), "live"]),
  );
});

test("[CL3] another log resets only that channel, by a snapshot", async () => {
  const { server } = fixture;
  const realtime = connect();
  const snapshot = vi.fn(async () => server.log(firstChannelId).position);
  const one = recordChannel(realtime, firstChannelId, { snapshot });
  const two = recordChannel(realtime, secondChannelId);
  await realtime.live();
  const reset = nextRoomEvent(one.room, "reset");
  const others = vi.fn();
  two.room.on("reset", others);
  server.terminateSockets();
  server.channels.delete(firstChannelId);
  server.log(firstChannelId).epoch = "epoch-two";
  server.append(firstChannelId, "in the snapshot");
  server.append(secondChannelId, "b");
  expect(await reset).toEqual({ seq: 1, epoch: "epoch-two" });
  await realtime.live();
  server.append(firstChannelId, "new");
  await waitForExpectation(() => expect(one.seen).toEqual(["new"]));
  expect(two.seen).toEqual(["b"]);
  expect(others).not.toHaveBeenCalled();
  expect(snapshot).toHaveBeenCalledTimes(2);
});

test("[CL3] an expired token is refreshed during the reconnect", async () => {
  const { server, client } = fixture;
  const realtime = connect();
  const { room } = recordChannel(realtime, firstChannelId);
  await realtime.live();
  server.acceptedTokens.clear();
  server.terminateSockets();
  await nextRealtimeEvent(realtime, "lost");
  expect(await postMessage(room, "hi")).toMatchObject({ message: { seq: 1 } });
  expect(client.tokens?.accessToken).toBe("access-two");
});

test("[CL3] an ended session closes everything and rejects pending commands", async () => {
  const { server } = fixture;
  const realtime = connect();
  const { room } = recordChannel(realtime, firstChannelId);
  await realtime.live();
  server.lossyChannels.add(firstChannelId);
  const waiting = postMessage(room, "hi");
  await waitForExpectation(() => expect(server.framesOfType("messageCreate")).toHaveLength(1));
  const closed = Promise.all([nextRealtimeEvent(realtime, "closed"), nextRoomEvent(room, "closed")]);
  server.close(4401);
  expect(await closed).toMatchObject([{ code: "unauthenticated" }, { code: "unauthenticated" }]);
  await expect(waiting).rejects.toMatchObject({ code: "unauthenticated", mayHaveHappened: true });
  expect(server.upgrades).toHaveLength(1);
});

test.each(["open", "new"])(
  "[CL3] a missing second factor closes with its own code and keeps the tokens: %s",
  async (socket) => {
    const { server, client } = fixture;
    server.lacksSecondFactor = socket === "new";
    const realtime = connect();
    const closed = nextRealtimeEvent(realtime, "closed");
    if (socket === "open") {
      await realtime.live();
      server.lacksSecondFactor = true;
      server.close(4401);
    }
    expect(await closed).toMatchObject({ code: "second_factor_required", status: 403 });
    expect(client.tokens?.accessToken).toBe("access-one");
    expect(server.upgrades).toHaveLength(1);
  },
);

test("[CL3] fifty channels resume within the server's rate limit", async () => {
  const { server } = fixture;
  Object.assign(server, { commandsPerSecond: 200, commandsBurst: 20 });
  const realtime = connect();
  const handles = Array.from({ length: 50 }, (_, index) => recordChannel(realtime, channelIdOf(index)));
  const answers = handles.map(({ room }) => postMessage(room, "hi"));
  await Promise.all(answers);
  await realtime.live();
  server.terminateSockets();
  await nextRealtimeEvent(realtime, "lost");
  await realtime.live();
  expect(server.rateLimited).toBe(0);
  expect(handles.every(({ seen }) => seen.join() === "hi")).toBe(true);
});

test("[CL3] a channel left and reopened during a cut is subscribed afterwards", async () => {
  const { server } = fixture;
  server.omitsUnsubscribed = true;
  const realtime = connect();
  recordChannel(realtime, firstChannelId).room.close();
  const { room } = recordChannel(realtime, firstChannelId);
  await realtime.live();
  room.close();
  const next = recordChannel(realtime, firstChannelId);
  server.terminateSockets();
  await next.room.live();
});

test("[CL2] frames queued at a cut are sent on the next connection, once", async () => {
  const { server } = fixture;
  Object.assign(server, { commandsPerSecond: 10, commandsBurst: 5 });
  const realtime = connect();
  const { room } = recordChannel(realtime, firstChannelId);
  await realtime.live();
  const contents = Array.from({ length: 8 }, (_, index) => `${index}`);
  const answers = contents.map((content) => postMessage(room, content));
  await waitForExpectation(() => expect(server.framesOfType("messageCreate").length).toBeGreaterThan(2));
  server.terminateSockets();
  expect(server.contents(firstChannelId).length).toBeLessThan(8);
  await Promise.all(answers);
  expect(server.contents(firstChannelId)).toEqual(contents);
});

test("[CL1] a socket whose close has begun is not written to; a retry sends it", async () => {
  const { server, url } = fixture;
  let isClosing = false;
  let written = 0;
  fixture.client = createClient({
    url,
    tokens,
    openSocket: async (request) => {
      const socket = await openPlatformSocket(request);
      const send = socket.send.bind(socket);
      return Object.assign(socket, {
        send: (text: string) => {
          if (isClosing) written++;
          else send(text);
        },
      });
    },
  });
  const realtime = connect();
  const one = recordChannel(realtime, firstChannelId);
  await realtime.live();
  vi.spyOn(WebSocket.prototype, "readyState", "get").mockImplementation(() => (isClosing ? 2 : 1));
  isClosing = true;
  const sending = postMessage(one.room, "1");
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(written).toBe(0);
  isClosing = false;
  server.terminateSockets();
  await sending;
  expect(server.contents(firstChannelId)).toEqual(["1"]);
});
