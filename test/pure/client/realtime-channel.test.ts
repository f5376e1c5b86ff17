import { describe, expect, test, vi } from "vitest";
import { first, follow, next, realtimeWorld, say, second, soon } from "./realtime-world.ts";

const { world, connect } = realtimeWorld();

describe("room restart", () => {
  test("[CL1][CL3] only its channel disconnects, and resumes from its position", async () => {
    const { server } = world;
    const realtime = connect();
    const one = follow(realtime, first);
    const two = follow(realtime, second);
    await realtime.live();
    server.append(first, "1");
    await soon(() => expect(one.seen).toEqual(["1"]));
    const behind = next(one.room, "state");
    server.restart(first);
    expect(await behind).toBe("behind");
    expect([realtime.state, two.room.state]).toEqual(["behind", "live"]);
    server.append(first, "2");
    server.append(second, "a");
    await realtime.live();
    expect(one.seen).toEqual(["1", "2"]);
    expect(two.seen).toEqual(["a"]);
    expect(two.states).toEqual(["behind", "live"]);
    expect(server.asked("subscribe").at(-1)).toMatchObject({ channelId: first, data: { since: 1 } });
    expect(server.upgrades).toHaveLength(1);
  });

  test("[CL2] unacknowledged commands follow the subscription; new ones wait", async () => {
    const { server } = world;
    const realtime = connect();
    const { room, seen } = follow(realtime, first);
    const other = follow(realtime, second);
    await realtime.live();
    server.lost.add(first);
    const answers = [say(room, "1"), realtime.send(first, "messageCreate", { content: "2" })];
    await soon(() => expect(server.asked("messageCreate")).toHaveLength(2));
    server.restart(first, 40);
    await next(room, "state");
    server.lost.clear();
    const meanwhile = say(room, "3");
    const elsewhere = say(other.room, "at once");
    await elsewhere;
    expect(server.contents(first)).toEqual([]);
    await Promise.all([...answers, meanwhile]);
    expect(server.contents(first)).toEqual(["1", "2", "3"]);
    await soon(() => expect(seen).toEqual(["1", "2", "3"]));
  });

  test("[CL2] closing a handle leaves the commands of others queued", async () => {
    const { server } = world;
    const realtime = connect();
    const { room } = follow(realtime, first);
    await realtime.live();
    server.restart(first, 60_000);
    await next(room, "state");
    const sent = realtime.send(first, "messageCreate", { content: "hi" });
    room.close();
    expect(await sent).toMatchObject({ message: { content: "hi" } });
    expect(server.asked("unsubscribe")).toEqual([]);
  });

  test("[CL3] a channel that was left is not subscribed again", async () => {
    const { server } = world;
    const realtime = connect();
    const { room } = follow(realtime, first);
    await realtime.live();
    server.restart(first, 10);
    await next(room, "state");
    room.close();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(server.asked("subscribe")).toHaveLength(1);
    expect(realtime.state).toBe("live");
  });
});

test("[CL2] queued commands are not sent twice because of it", async () => {
  const { server } = world;
  Object.assign(server, { commandsPerSecond: 20, commandsBurst: 1 });
  const realtime = connect();
  const { room } = follow(realtime, first);
  await realtime.live();
  server.mute = true;
  const answers = ["1", "2"].map((content) => say(room, content));
  server.restart(first, 1);
  await soon(() => expect(server.asked("messageCreate")).toHaveLength(2));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(server.asked("messageCreate")).toHaveLength(2);
  server.mute = false;
  server.cut();
  await Promise.all(answers);
});

describe("lost access to a channel", () => {
  test("[CL2][CL4] ends its handle and rejects its commands; others continue", async () => {
    const { server } = world;
    const realtime = connect();
    const one = follow(realtime, first);
    const two = follow(realtime, second);
    await realtime.live();
    server.lost.add(first);
    const waiting = say(one.room, "hi");
    const others = realtime.send(first, "messageCreate", { content: "other" });
    await soon(() => expect(server.asked("messageCreate")).toHaveLength(2));
    const closed = next(one.room, "closed");
    server.remove(first);
    expect(await closed).toMatchObject({ code: "not_found" });
    await expect(waiting).rejects.toMatchObject({ code: "not_found", mayHaveHappened: true });
    await expect(others).rejects.toMatchObject({ code: "not_found", mayHaveHappened: true });
    await expect(say(one.room, "more")).rejects.toMatchObject({ code: "not_found" });
    expect(await say(two.room, "still here")).toMatchObject({ message: { seq: 1 } });
    expect([one.room.state, realtime.state]).toEqual(["offline", "live"]);
    expect(server.asked("subscribe")).toHaveLength(2);
  });

  test("[CL4] found during a reconnect ends only that handle", async () => {
    const { server } = world;
    const realtime = connect();
    const one = follow(realtime, first);
    const two = follow(realtime, second);
    await realtime.live();
    server.refusals.set(first, [{ code: "not_found", detail: "No" }]);
    const closed = next(one.room, "closed");
    server.cut();
    expect(await closed).toMatchObject({ code: "not_found" });
    await two.room.live();
    expect(one.room.state).toBe("offline");
  });
});

test("[CL3] a rejected subscription is retried and reported; sends need none", async () => {
  const { server } = world;
  const refusal = { code: "unavailable", detail: "Later", retryAfterMs: 30 } as const;
  server.refusals.set(first, [refusal, { code: "conflict", detail: "Too many channels" }]);
  const realtime = connect();
  const { room } = follow(realtime, first);
  const errors = vi.fn();
  room.on("error", errors);
  expect(await say(room, "hi")).toMatchObject({ message: { seq: 1 } });
  await room.live();
  expect(errors.mock.calls.map(([{ code }]) => code)).toEqual(["unavailable", "conflict"]);
  expect(server.asked("subscribe")).toHaveLength(3);
});

describe("temporary rejections", () => {
  test("[CL2] `rate_limited` is retried later, in order", async () => {
    const { server } = world;
    const realtime = connect();
    const { room } = follow(realtime, first);
    await realtime.live();
    server.refuseNext.push({ code: "rate_limited", detail: "Slower", retryAfterMs: 250 });
    const refused = say(room, "1");
    await soon(() => expect(server.refuseNext).toEqual([]));
    const later = say(room, "2");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.contents(first)).toEqual([]);
    await Promise.all([refused, later]);
    expect(server.contents(first)).toEqual(["1", "2"]);
  });

  test("[CL2] `unavailable` is retried if a nonce makes that safe, else reported", async () => {
    const { server } = world;
    const realtime = connect();
    const { room } = follow(realtime, first);
    const refusal = { code: "unavailable", detail: "Later", retryAfterMs: 10 } as const;
    server.refuseNext.push(refusal, refusal);
    expect(await say(room, "hi")).toMatchObject({ message: { seq: 1 } });
    server.refuseNext.push({ code: "forbidden", detail: "No" });
    await expect(say(room, "no")).rejects.toMatchObject({ code: "forbidden", mayHaveHappened: false });
    expect(server.contents(first)).toEqual(["hi"]);
  });
});
