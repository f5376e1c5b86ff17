import { describe, expect, test, vi } from "vitest";
import { channelIdOf } from "./fake-gateway.ts";
import { first, follow, next, nextOf, realtimeWorld, say, second, soon } from "./realtime-world.ts";

const { world, connect } = realtimeWorld();

describe("channels", () => {
  test("[CL1] one socket has many channels: each handle gets its events in order", async () => {
    const { server } = world;
    const realtime = connect();
    const one = follow(realtime, first);
    const two = follow(realtime, second);
    await realtime.live();
    server.append(first, "a");
    server.append(second, "b");
    server.append(first, "c");
    await soon(() => expect(one.seen).toEqual(["a", "c"]));
    await soon(() => expect(two.seen).toEqual(["b"]));
    expect(server.upgrades).toHaveLength(1);
    expect(one.room.place).toEqual({ seq: 2, epoch: "epoch-one" });
  });

  test("[CL1] with `since` a handle starts there, with a snapshot after it", async () => {
    const { server } = world;
    for (const content of ["1", "2", "3"]) {
      server.append(first, content);
      server.append(second, content);
    }
    const realtime = connect();
    const since = follow(realtime, first, { since: { seq: 1, epoch: "epoch-one" } });
    const snapshot = follow(realtime, second, { snapshot: async () => ({ seq: 2, epoch: "epoch-one" }) });
    await realtime.live();
    expect(since.seen).toEqual(["2", "3"]);
    expect(snapshot.seen).toEqual(["3"]);
  });

  test("a channel has one handle; after its close another gets a new stream", async () => {
    const { server } = world;
    server.holdsLeaves = true;
    const realtime = connect();
    const one = follow(realtime, first);
    await realtime.live();
    expect(() => realtime.subscribe(first)).toThrow(expect.objectContaining({ code: "conflict" }));
    one.room.close();
    const two = follow(realtime, first);
    expect(two.room.state).not.toBe("live");
    await soon(() => expect(server.asked("unsubscribe")).toHaveLength(1));
    // Events in transit to the closed handle are not delivered to the next one.
    for (const socket of server.sockets) server.send(socket, server.log(first).subscribed());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(two.room.state).not.toBe("live");
    expect(server.asked("subscribe")).toHaveLength(1);
    server.sayLeft(first);
    await two.room.live();
    expect(two.states).toEqual(["behind", "live"]);
    server.append(first, "new");
    await soon(() => expect(two.seen).toEqual(["new"]));
    expect(one.seen).toEqual([]);
    expect(one.room.state).toBe("offline");
  });

  test("a listener that closes the handle receives nothing after that", async () => {
    const { server } = world;
    for (const content of ["1", "2", "3"]) server.append(first, content);
    server.replayEvents = 1;
    const realtime = connect();
    const { room, seen } = follow(realtime, first, { since: { seq: 0, epoch: "epoch-one" } });
    room.on("event", ({ seq }) => {
      expect(room.place?.seq).toBe(seq);
      if (seq === 2) room.close();
    });
    await next(room, "closed");
    expect(seen).toEqual(["1", "2"]);
    expect(room.place?.seq).toBe(2);
  });

  test("signals are emitted under their names", async () => {
    const { server } = world;
    const realtime = connect();
    const { room } = follow(realtime, first);
    const subscribed = next(room, "subscribed");
    expect(await subscribed).toMatchObject({ online: ["ann"], onlineCount: 1 });
    const typing = next(room, "typing");
    server.signal(first, "typing", { userId: "ann", threadId: null });
    expect(await typing).toMatchObject({ channelId: first, data: { userId: "ann" } });
  });
});

describe("sending", () => {
  test("[CL2] a command can go to any channel, subscribed or not, and is answered", async () => {
    const { server } = world;
    const realtime = connect();
    const { room } = follow(realtime, first);
    expect(await say(room, "here")).toMatchObject({ message: { seq: 1 } });
    expect(await realtime.send(second, "messageCreate", { content: "there" })).toMatchObject({
      message: { content: "there" },
    });
    expect(server.contents(second)).toEqual(["there"]);
    expect(realtime.unanswered).toBe(0);
  });

  test("[CL2] a closed handle rejects its own commands, with their known state", async () => {
    const { server } = world;
    server.mute = true;
    const realtime = connect();
    const { room } = follow(realtime, first);
    await realtime.live();
    const sent = say(room, "sent");
    const others = realtime.send(first, "messageCreate", { content: "other" });
    await soon(() => expect(server.frames.filter(({ type }) => type === "messageCreate")).toHaveLength(2));
    room.close();
    await expect(sent).rejects.toMatchObject({ code: "unavailable", status: 0, mayHaveHappened: true });
    await expect(say(room, "late")).rejects.toMatchObject({ mayHaveHappened: false });
    server.mute = false;
    server.cut();
    expect(await others).toMatchObject({ deduplicated: true });
  });

  test("[CL2] a command that was never sent is reported as not committed", async () => {
    const { server } = world;
    await server.stop();
    const realtime = connect();
    const { room } = follow(realtime, first);
    const unsent = say(room, "unsent");
    realtime.close();
    await expect(unsent).rejects.toMatchObject({ code: "unavailable", mayHaveHappened: false });
    expect(room.state).toBe("offline");
    expect(() => realtime.subscribe(second)).toThrow();
  });

  test("a status is set over the socket; idle is repeated on the next one", async () => {
    const { server } = world;
    const realtime = connect();
    expect(await realtime.setStatus({ presence: "dnd", idle: true })).toMatchObject({ presence: "dnd" });
    server.cut();
    await nextOf(realtime, "lost");
    await realtime.live();
    await soon(() => expect(server.asked("statusUpdate").at(-1)?.data).toEqual({ idle: true }));
  });

  test("typing is sent once in 3 s, again after a message, not without subscribers", async () => {
    const { server } = world;
    const realtime = connect();
    const { room } = follow(realtime, first);
    room.typing();
    await room.live();
    for (let keys = 0; keys < 5; keys++) room.typing();
    await say(room, "hi");
    room.typing();
    room.typing("msg_1");
    await soon(() =>
      expect(server.asked("typing").map(({ data }) => data)).toEqual([{}, {}, { threadId: "msg_1" }]),
    );
  });
});

test("unreads are fetched on connecting and at intervals, not more after a cut", async () => {
  const { server } = world;
  const realtime = connect({ unreadsEveryMs: 150 });
  const heard = vi.fn();
  realtime.on("unreads", heard);
  await soon(() => expect(heard).toHaveBeenCalledWith([{ channelId: channelIdOf(1), unread: 3 }]));
  server.cut();
  await nextOf(realtime, "lost");
  await realtime.live();
  await soon(() => expect(server.unreadsAskedAt).toHaveLength(2));
  const [once = 0, again = 0] = server.unreadsAskedAt;
  expect(again - once).toBeGreaterThan(140);
});
