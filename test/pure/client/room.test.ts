import { describe, expect, test, vi } from "vitest";
import { nextRoomEvent, openRoom, postMessage, server, waitForExpectation } from "./room-fixture.ts";

describe("live", () => {
  test("[CL4] it offers subprotocol and token, and is live from the head", async () => {
    server.append("before");
    const { room, seen, states } = openRoom();
    expect(room.state).toBe("connecting");
    await room.live();
    server.append("after");
    await waitForExpectation(() => expect(seen).toEqual(["after"]));
    expect(states).toEqual(["behind", "live"]);
    expect(room.place).toEqual({ seq: 2, epoch: "epoch-one" });
  });

  test("with `since` it starts there", async () => {
    for (const content of ["1", "2", "3"]) server.append(content);
    const { room, seen } = openRoom({ since: { seq: 1, epoch: "epoch-one" } });
    await room.live();
    expect(seen).toEqual(["2", "3"]);
  });

  test("a listener can be removed", async () => {
    const { room } = openRoom();
    const received = vi.fn();
    const stop = room.on("event", received);
    await room.live();
    await postMessage(room, "one");
    stop();
    await postMessage(room, "two");
    expect(received).toHaveBeenCalledTimes(1);
  });
});

describe("sending", () => {
  test("an ack resolves with the result, an error rejects with its code", async () => {
    const { room } = openRoom();
    await room.live();
    expect(await postMessage(room, "hi")).toMatchObject({ message: { content: "hi", seq: 1 } });
    server.nextError = "forbidden";
    await expect(postMessage(room, "no")).rejects.toMatchObject({
      name: "ParleyError",
      code: "forbidden",
      status: 403,
    });
    expect(room.unanswered).toBe(0);
  });

  test("[CL2] commands before the connection are sent in order once it is open", async () => {
    const { room, seen } = openRoom();
    await Promise.all(["1", "2", "3"].map((content) => postMessage(room, content)));
    await waitForExpectation(() => expect(seen).toEqual(["1", "2", "3"]));
  });

  test("[CL2] cut between commit and ack, a command repeats and commits once", async () => {
    const { room, seen } = openRoom();
    await room.live();
    server.sendsNoAcks = true;
    const answer = postMessage(room, "once");
    await waitForExpectation(() => expect(server.frames).toHaveLength(1));
    server.sendsNoAcks = false;
    server.terminateSockets();
    expect(await answer).toMatchObject({ deduplicated: true, message: { seq: 1 } });
    const [first, second] = server.frames;
    expect(second).toEqual(first);
    expect(String(first?.data["nonce"])).toMatch(/^[0-9a-f]{32}$/);
    expect(seen).toEqual(["once"]);
  });

  test("a given nonce is kept", async () => {
    const { room } = openRoom();
    await room.send("messageCreate", { content: "hi", nonce: "mine" });
    expect(server.frames[0]?.data).toEqual({ content: "hi", nonce: "mine" });
  });

  test("a frame that the server could not identify is rejected by the client", async () => {
    const { room } = openRoom();
    await expect(postMessage(room, "x".repeat(70_000))).rejects.toMatchObject({
      code: "payload_too_large",
      status: 413,
    });
    expect(room.unanswered).toBe(0);
  });

  test("[CL2] close rejects unacknowledged and later commands", async () => {
    const { room } = openRoom();
    await room.live();
    server.sendsNoAcks = true;
    const answer = postMessage(room, "hi");
    room.close();
    await expect(answer).rejects.toMatchObject({ code: "unavailable", status: 0 });
    await expect(postMessage(room, "more")).rejects.toMatchObject({ code: "unavailable", status: 0 });
    expect(room.state).toBe("offline");
  });
});

describe("end", () => {
  test.each([
    [4401, "unauthenticated"],
    [4403, "not_found"],
    [1009, "payload_too_large"],
  ])("close code %i: no reconnect", async (code, expected) => {
    const { room } = openRoom();
    await room.live();
    const closed = nextRoomEvent(room, "closed");
    server.close(code);
    expect(await closed).toMatchObject({ code: expected });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.upgrades).toHaveLength(1);
    await expect(room.live()).rejects.toMatchObject({ code: expected });
  });

  test.each([1012, 4408, 4429, 1011])("close code %i: reconnect", async (code) => {
    const { room } = openRoom();
    await room.live();
    server.close(code);
    await nextRoomEvent(room, "lost");
    await room.live();
    expect(server.upgrades).toHaveLength(2);
  });

  test("a session that can't be refreshed ends the room instead of retrying", async () => {
    server.acceptedTokens.clear();
    const renewed = vi.spyOn(server.acceptedTokens, "add").mockReturnThis();
    const { room } = openRoom();
    expect(await nextRoomEvent(room, "closed")).toMatchObject({ code: "unauthenticated" });
    expect(renewed).toHaveBeenCalled();
  });
});

test("received bytes are confirmed as counted on the wire", async () => {
  server.confirmEveryBytes = 1_000;
  const { room } = openRoom();
  await room.live();
  server.append("ü".repeat(600));
  await waitForExpectation(() => expect(server.frames).toHaveLength(1));
  expect(server.frames[0]?.type).toBe("seen");
  const confirmed = Number(server.frames[0]?.data["bytes"]);
  expect(confirmed).toBeGreaterThan(1_200);
  server.append("short");
  server.append("ü".repeat(600));
  await waitForExpectation(() => expect(server.frames).toHaveLength(2));
  expect(Number(server.frames[1]?.data["bytes"])).toBeLessThan(1.5 * confirmed);
});
