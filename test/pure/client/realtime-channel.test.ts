import { describe, expect, test, vi } from "vitest";
import {
  firstChannelId,
  recordChannel,
  nextRoomEvent,
  useFakeGateway,
  postMessage,
  secondChannelId,
  waitForExpectation,
} from "./realtime-fixture.ts";

const { fixture, connect } = useFakeGateway();

describe("room restart", () => {
  test("[CL1][CL3] only its channel disconnects, and resumes from its position", async () => {
    const { server } = fixture;
    const realtime = connect();
    const one = recordChannel(realtime, firstChannelId);
    const two = recordChannel(realtime, secondChannelId);
    await realtime.live();
    server.append(firstChannelId, "1");
    await waitForExpectation(() => expect(one.seen).toEqual(["1"]));
    const behind = nextRoomEvent(one.room, "state");
    server.restart(firstChannelId);
    expect(await behind).toBe("behind");
    expect([realtime.state, two.room.state]).toEqual(["behind", "live"]);
    server.append(firstChannelId, "2");
    server.append(secondChannelId, "a");
    await realtime.live();
    expect(one.seen).toEqual(["1", "2"]);
    expect(two.seen).toEqual(["a"]);
    expect(two.states).toEqual(["behind", "live"]);
    expect(server.framesOfType("subscribe").at(-1)).toMatchObject({
      channelId: firstChannelId,
      data: { since: 1 },
    });
    expect(server.upgrades).toHaveLength(1);
  });

  test("[CL2] unacknowledged commands follow the subscription; new ones wait", async () => {
    const { server } = fixture;
    const realtime = connect();
    const { room, seen } = recordChannel(realtime, firstChannelId);
    const other = recordChannel(realtime, secondChannelId);
    await realtime.live();
    server.lossyChannels.add(firstChannelId);
    const answers = [
      postMessage(room, "1"),
      realtime.send(firstChannelId, "messageCreate", { content: "2" }),
    ];
    await waitForExpectation(() => expect(server.framesOfType("messageCreate")).toHaveLength(2));
    server.restart(firstChannelId, 40);
    await nextRoomEvent(room, "state");
    server.lossyChannels.clear();
    const meanwhile = postMessage(room, "3");
    const elsewhere = postMessage(other.room, "at once");
    await elsewhere;
    expect(server.contents(firstChannelId)).toEqual([]);
    await Promise.all([...answers, meanwhile]);
    expect(server.contents(firstChannelId)).toEqual(["1", "2", "3"]);
    await waitForExpectation(() => expect(seen).toEqual(["1", "2", "3"]));
  });

  test("[CL2] closing a handle leaves the commands of others queued", async () => {
    const { server } = fixture;
    const realtime = connect();
    const { room } = recordChannel(realtime, firstChannelId);
    await realtime.live();
    server.restart(firstChannelId, 60_000);
    await nextRoomEvent(room, "state");
    const sent = realtime.send(firstChannelId, "messageCreate", { content: "hi" });
    room.close();
    expect(await sent).toMatchObject({ message: { content: "hi" } });
    expect(server.framesOfType("unsubscribe")).toEqual([]);
  });

  test("[CL3] a channel that was left is not subscribed again", async () => {
    const { server } = fixture;
    const realtime = connect();
    const { room } = recordChannel(realtime, firstChannelId);
    await realtime.live();
    server.restart(firstChannelId, 10);
    await nextRoomEvent(room, "state");
    room.close();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(server.framesOfType("subscribe")).toHaveLength(1);
    expect(realtime.state).toBe("live");
  });
});

test("[CL2] queued commands are not sent twice because of it", async () => {
  const { server } = fixture;
  Object.assign(server, { commandsPerSecond: 20, commandsBurst: 1 });
  const realtime = connect();
  const { room } = recordChannel(realtime, firstChannelId);
  await realtime.live();
  server.sendsNoAcks = true;
  const answers = ["1", "2"].map((content) => postMessage(room, content));
  server.restart(firstChannelId, 1);
  await waitForExpectation(() => expect(server.framesOfType("messageCreate")).toHaveLength(2));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(server.framesOfType("messageCreate")).toHaveLength(2);
  server.sendsNoAcks = false;
  server.terminateSockets();
  await Promise.all(answers);
});

describe("lost access to a channel", () => {
  test("[CL2][CL4] ends its handle and rejects its commands; others continue", async () => {
    const { server } = fixture;
    const realtime = connect();
    const one = recordChannel(realtime, firstChannelId);
    const two = recordChannel(realtime, secondChannelId);
    await realtime.live();
    server.lossyChannels.add(firstChannelId);
    const waiting = postMessage(one.room, "hi");
    const others = realtime.send(firstChannelId, "messageCreate", { content: "other" });
    await waitForExpectation(() => expect(server.framesOfType("messageCreate")).toHaveLength(2));
    const closed = nextRoomEvent(one.room, "closed");
    server.remove(firstChannelId);
    expect(await closed).toMatchObject({ code: "not_found" });
    await expect(waiting).rejects.toMatchObject({ code: "not_found", mayHaveHappened: true });
    await expect(others).rejects.toMatchObject({ code: "not_found", mayHaveHappened: true });
    await expect(postMessage(one.room, "more")).rejects.toMatchObject({ code: "not_found" });
    expect(await postMessage(two.room, "still here")).toMatchObject({ message: { seq: 1 } });
    expect([one.room.state, realtime.state]).toEqual(["offline", "live"]);
    expect(server.framesOfType("subscribe")).toHaveLength(2);
  });

  test("[CL4] found during a reconnect ends only that handle", async () => {
    const { server } = fixture;
    const realtime = connect();
    const one = recordChannel(realtime, firstChannelId);
    const two = recordChannel(realtime, secondChannelId);
    await realtime.live();
    server.subscriptionErrors.set(firstChannelId, [{ code: "not_found", detail: "No" }]);
    const closed = nextRoomEvent(one.room, "closed");
    server.terminateSockets();
    expect(await closed).toMatchObject({ code: "not_found" });
    await two.room.live();
    expect(one.room.state).toBe("offline");
  });
});

test("[CL3] a rejected subscription is retried and reported; sends need none", async () => {
  const { server } = fixture;
  const rejection = { code: "unavailable", detail: "Later", retryAfterMs: 30 } as const;
  server.subscriptionErrors.set(firstChannelId, [
    rejection,
    { code: "conflict", detail: "Too many channels" },
  ]);
  const realtime = connect();
  const { room } = recordChannel(realtime, firstChannelId);
  const errors = vi.fn();
  room.on("error", errors);
  expect(await postMessage(room, "hi")).toMatchObject({ message: { seq: 1 } });
  await room.live();
  expect(errors.mock.calls.map(([{ code }]) => code)).toEqual(["unavailable", "conflict"]);
  expect(server.framesOfType("subscribe")).toHaveLength(3);
});

describe("temporary rejections", () => {
  test("[CL2] `rate_limited` is retried later, in order", async () => {
    const { server } = fixture;
    const realtime = connect();
    const { room } = recordChannel(realtime, firstChannelId);
    await realtime.live();
    server.commandErrors.push({ code: "rate_limited", detail: "Slower", retryAfterMs: 250 });
    const rejected = postMessage(room, "1");
    await waitForExpectation(() => expect(server.commandErrors).toEqual([]));
    const later = postMessage(room, "2");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.contents(firstChannelId)).toEqual([]);
    await Promise.all([rejected, later]);
    expect(server.contents(firstChannelId)).toEqual(["1", "2"]);
  });

  test("[CL2] `unavailable` is retried if a nonce makes that safe, else reported", async () => {
    const { server } = fixture;
    const realtime = connect();
    const { room } = recordChannel(realtime, firstChannelId);
    const rejection = { code: "unavailable", detail: "Later", retryAfterMs: 10 } as const;
    server.commandErrors.push(rejection, rejection);
    expect(await postMessage(room, "hi")).toMatchObject({ message: { seq: 1 } });
    server.commandErrors.push({ code: "forbidden", detail: "No" });
    await expect(postMessage(room, "no")).rejects.toMatchObject({
      code: "forbidden",
      mayHaveHappened: false,
    });
    expect(server.contents(firstChannelId)).toEqual(["hi"]);
  });
});
