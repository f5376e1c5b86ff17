import { describe, expect, test, vi } from "vitest";
import { channelIdOf } from "./fake-gateway.ts";
import {
  firstChannelId,
  recordChannel,
  nextRoomEvent,
  nextRealtimeEvent,
  useFakeGateway,
  postMessage,
  secondChannelId,
  waitForExpectation,
} from "./realtime-fixture.ts";

const { fixture, connect } = useFakeGateway();

describe("channels", () => {
  test("[CL1] one socket has many channels: each handle gets its events in order", async () => {
    const { server } = fixture;
    const realtime = connect();
    const one = recordChannel(realtime, firstChannelId);
    const two = recordChannel(realtime, secondChannelId);
    await realtime.live();
    server.append(firstChannelId, "a");
    server.append(secondChannelId, "b");
    server.append(firstChannelId, "c");
    await waitForExpectation(() => expect(one.seen).toEqual(["a", "c"]));
    await waitForExpectation(() => expect(two.seen).toEqual(["b"]));
    expect(server.upgrades).toHaveLength(1);
    expect(one.room.place).toEqual({ seq: 2, epoch: "epoch-one" });
  });

  test("[CL1] with `since` a handle starts there, with a snapshot after it", async () => {
    const { server } = fixture;
    for (const content of ["1", "2", "3"]) {
      server.append(firstChannelId, content);
      server.append(secondChannelId, content);
    }
    const realtime = connect();
    const since = recordChannel(realtime, firstChannelId, { since: { seq: 1, epoch: "epoch-one" } });
    const snapshot = recordChannel(realtime, secondChannelId, {
      snapshot: async () => ({ seq: 2, epoch: "epoch-one" }),
    });
    await realtime.live();
    expect(since.seen).toEqual(["2", "3"]);
    expect(snapshot.seen).toEqual(["3"]);
  });

  test("[EP1] [DR1] signals of the user are emitted and have no position", async () => {
    const { server } = fixture;
    const realtime = connect();
    const seen: unknown[] = [];
    realtime.on("ephemeralCreate", ({ data }) => seen.push(data.message));
    realtime.on("draftUpdate", ({ data }) => seen.push(data.draft));
    await realtime.live();
    const { place } = realtime;
    for (const socket of server.sockets)
      server.send(
        socket,
        { type: "ephemeralCreate", at: "", data: { message: 1 } },
        { type: "draftUpdate", at: "", data: { draft: 2 } },
      );
    await waitForExpectation(() => expect(seen).toEqual([1, 2]));
    expect(realtime.place).toEqual(place);
  });

  test("a channel has one handle; after its close another gets a new stream", async () => {
    const { server } = fixture;
    server.omitsUnsubscribed = true;
    const realtime = connect();
    const one = recordChannel(realtime, firstChannelId);
    await realtime.live();
    expect(() => realtime.subscribe(firstChannelId)).toThrow(expect.objectContaining({ code: "conflict" }));
    one.room.close();
    const two = recordChannel(realtime, firstChannelId);
    expect(two.room.state).not.toBe("live");
    await waitForExpectation(() => expect(server.framesOfType("unsubscribe")).toHaveLength(1));
    // Events in transit to the closed handle are not delivered to the next one.
    for (const socket of server.sockets) server.send(socket, server.log(firstChannelId).subscribed());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(two.room.state).not.toBe("live");
    expect(server.framesOfType("subscribe")).toHaveLength(1);
    server.sendUnsubscribed(firstChannelId);
    await two.room.live();
    expect(two.states).toEqual(["behind", "live"]);
    server.append(firstChannelId, "new");
    await waitForExpectation(() => expect(two.seen).toEqual(["new"]));
    expect(one.seen).toEqual([]);
    expect(one.room.state).toBe("offline");
  });

  test("a listener that closes the handle receives nothing after that", async () => {
    const { server } = fixture;
    for (const content of ["1", "2", "3"]) server.append(firstChannelId, content);
    server.replayEvents = 1;
    const realtime = connect();
    const { room, seen } = recordChannel(realtime, firstChannelId, { since: { seq: 0, epoch: "epoch-one" } });
    room.on("event", ({ seq }) => {
      expect(room.place?.seq).toBe(seq);
      if (seq === 2) room.close();
    });
    await nextRoomEvent(room, "closed");
    expect(seen).toEqual(["1", "2"]);
    expect(room.place?.seq).toBe(2);
  });

  test("signals are emitted under their names", async () => {
    const { server } = fixture;
    const realtime = connect();
    const { room } = recordChannel(realtime, firstChannelId);
    const subscribed = nextRoomEvent(room, "subscribed");
    expect(await subscribed).toMatchObject({ online: ["ann"], onlineCount: 1 });
    const typing = nextRoomEvent(room, "typing");
    server.signal(firstChannelId, "typing", { userId: "ann", threadId: null });
    expect(await typing).toMatchObject({ channelId: firstChannelId, data: { userId: "ann" } });
  });
});

describe("sending", () => {
  test("[CL2] a command can go to any channel, subscribed or not, and is answered", async () => {
    const { server } = fixture;
    const realtime = connect();
    const { room } = recordChannel(realtime, firstChannelId);
    expect(await postMessage(room, "here")).toMatchObject({ message: { seq: 1 } });
    expect(await realtime.send(secondChannelId, "messageCreate", { content: "there" })).toMatchObject({
      message: { content: "there" },
    });
    expect(server.contents(secondChannelId)).toEqual(["there"]);
    expect(realtime.unanswered).toBe(0);
  });

  test("[CL2] a closed handle rejects its own commands, with their known state", async () => {
    const { server } = fixture;
    server.sendsNoAcks = true;
    const realtime = connect();
    const { room } = recordChannel(realtime, firstChannelId);
    await realtime.live();
    const sent = postMessage(room, "sent");
    const others = realtime.send(firstChannelId, "messageCreate", { content: "other" });
    await waitForExpectation(() =>
      expect(server.frames.filter(({ type }) => type === "messageCreate")).toHaveLength(2),
    );
    room.close();
    await expect(sent).rejects.toMatchObject({ code: "unavailable", status: 0, mayHaveHappened: true });
    await expect(postMessage(room, "late")).rejects.toMatchObject({ mayHaveHappened: false });
    server.sendsNoAcks = false;
    server.terminateSockets();
    expect(await others).toMatchObject({ deduplicated: true });
  });

  test("[CL2] a command that was never sent is reported as not committed", async () => {
    const { server } = fixture;
    await server.stop();
    const realtime = connect();
    const { room } = recordChannel(realtime, firstChannelId);
    const unsent = postMessage(room, "unsent");
    realtime.close();
    await expect(unsent).rejects.toMatchObject({ code: "unavailable", mayHaveHappened: false });
    expect(room.state).toBe("offline");
    expect(() => realtime.subscribe(secondChannelId)).toThrow();
  });

  test("a status is set over the socket; idle is repeated on the next one", async () => {
    const { server } = fixture;
    const realtime = connect();
    expect(await realtime.setStatus({ presence: "dnd", idle: true })).toMatchObject({ presence: "dnd" });
    server.terminateSockets();
    await nextRealtimeEvent(realtime, "lost");
    await realtime.live();
    await waitForExpectation(() =>
      expect(server.framesOfType("statusUpdate").at(-1)?.data).toEqual({ idle: true }),
    );
  });

  test("typing is sent once in 3 s, again after a message, not without subscribers", async () => {
    const { server } = fixture;
    const realtime = connect();
    const { room } = recordChannel(realtime, firstChannelId);
    room.typing();
    await room.live();
    for (let keys = 0; keys < 5; keys++) room.typing();
    await postMessage(room, "hi");
    room.typing();
    room.typing("msg_1");
    await waitForExpectation(() =>
      expect(server.framesOfType("typing").map(({ data }) => data)).toEqual([{}, {}, { threadId: "msg_1" }]),
    );
  });
});

test("unreads are fetched on connecting and at intervals, not more after a cut", async () => {
  const { server } = fixture;
  const realtime = connect({ unreadsEveryMs: 400 });
  const received = vi.fn();
  realtime.on("unreads", received);
  await waitForExpectation(() =>
    expect(received).toHaveBeenCalledWith([{ channelId: channelIdOf(1), unread: 3 }]),
  );
  server.terminateSockets();
  await nextRealtimeEvent(realtime, "lost");
  await realtime.live();
  await waitForExpectation(() => expect(server.unreadsRequestedAt.length).toBeGreaterThan(1));
  const [once = 0, again = 0] = server.unreadsRequestedAt;
  expect(again - once).toBeGreaterThan(300);
});
