import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PresenceView, TypingView } from "../../../src/client/index.ts";
import type { RoomEvents } from "../../../src/client/index.ts";
import { Emitter } from "../../../src/client/emitter.ts";

const channelId = "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Fakes the signals of a room. */
function createFakeRoom() {
  const emitter = new Emitter<RoomEvents>();
  const room = { on: emitter.on.bind(emitter) };
  const emitSignal = (type: keyof RoomEvents, data: object) =>
    emitter.emit(type, (type === "subscribed" ? data : { type, channelId, data }) as never);
  return { room, emitSignal };
}

const away = { userId: "bob", presence: "away", custom: { text: "lunch" } } as const;

test("a typing user is listed for 5 s, or until their message arrives", () => {
  const { room, emitSignal } = createFakeRoom();
  const changed = vi.fn();
  const typing = new TypingView(room, { changed });
  emitSignal("typing", { userId: "ann", threadId: null });
  emitSignal("typing", { userId: "bob", threadId: null });
  emitSignal("typing", { userId: "cas", threadId: "msg_1" });
  expect(typing.list()).toEqual(["ann", "bob"]);
  vi.advanceTimersByTime(3_000);
  emitSignal("typing", { userId: "ann", threadId: null });
  emitSignal("messageCreate", { message: { authorId: "bob", threadId: null } });
  expect(typing.list()).toEqual(["ann"]);
  vi.advanceTimersByTime(4_999);
  expect(typing.list()).toEqual(["ann"]);
  vi.advanceTimersByTime(1);
  expect(changed.mock.calls.map(([userIds]) => userIds)).toEqual([["ann"], ["ann", "bob"], ["ann"], []]);
});

test("a thread lists only its own typing users, until they reply there", () => {
  const { room, emitSignal } = createFakeRoom();
  const typing = new TypingView(room, { threadId: "msg_1" });
  for (const threadId of [null, "msg_1", "msg_2"])
    emitSignal("typing", { userId: `in ${threadId}`, threadId });
  expect(typing.list()).toEqual(["in msg_1"]);
  emitSignal("messageCreate", { message: { authorId: "in msg_1", threadId: null } });
  expect(typing.list()).toEqual(["in msg_1"]);
  emitSignal("threadCreate", { message: { authorId: "in msg_1", threadId: "msg_1" } });
  expect(typing.list()).toEqual([]);
});

test("once stopped it receives no signals and keeps no timer", () => {
  const { room, emitSignal } = createFakeRoom();
  const typing = new TypingView(room);
  emitSignal("typing", { userId: "ann", threadId: null });
  typing.stop();
  emitSignal("typing", { userId: "bob", threadId: null });
  expect(typing.list()).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test("users and their statuses follow the room's signals", () => {
  const { room, emitSignal } = createFakeRoom();
  const changed = vi.fn();
  const presence = new PresenceView(room, { changed });
  emitSignal("subscribed", { online: ["ann", "bob"], onlineCount: 2, statuses: [away] });
  expect([presence.count, presence.online]).toEqual([2, ["ann", "bob"]]);
  expect(presence.of("ann")).toEqual({ userId: "ann", presence: "online", custom: null });
  expect(presence.of("bob")).toEqual(away);
  emitSignal("userOffline", { userId: "bob" });
  emitSignal("userOnline", { userId: "cas" });
  expect([presence.count, presence.of("bob")?.presence]).toEqual([2, "offline"]);
  emitSignal("userOnline", { userId: "bob" });
  expect(presence.of("bob")?.presence).toBe("online");
  emitSignal("statusUpdate", { ...away, presence: "dnd" });
  expect(presence.of("bob")?.presence).toBe("dnd");
  expect(changed).toHaveBeenCalledTimes(5);
});

test("beyond the named users there is only a count; names return complete", () => {
  const { room, emitSignal } = createFakeRoom();
  const presence = new PresenceView(room);
  emitSignal("subscribed", { online: ["ann"], onlineCount: 1, statuses: [] });
  emitSignal("onlineCount", { onlineCount: 201 });
  expect([presence.count, presence.online, presence.of("ann")]).toEqual([201, null, undefined]);
  emitSignal("onlineCount", { onlineCount: 2, online: ["bob", "cas"] });
  emitSignal("statusUpdate", away);
  expect([presence.count, presence.online]).toEqual([2, ["bob", "cas"]]);
  expect(presence.of("bob")).toEqual(away);
  emitSignal("subscribed", { online: ["ann"], onlineCount: 300, statuses: [] });
  expect([presence.count, presence.online]).toEqual([300, null]);
});
