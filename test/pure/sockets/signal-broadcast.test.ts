import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { UserStatus } from "../../../src/domain/actor.ts";
import type { SocketRegistry } from "../../../src/durable/socket-registry.ts";
import { limits, type SignalEnvelope } from "../../../src/protocol/index.ts";
import type { DisconnectGrace } from "../../../src/channel-object/presence/disconnect-grace.ts";
import { Presence } from "../../../src/channel-object/presence/presence.ts";
import type { Subscriber, SubscriberConnection } from "../../../src/channel-object/sockets/subscriber.ts";
import { SignalBroadcast } from "../../../src/channel-object/presence/signal-broadcast.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The presence that one client derives only from the signals that it received. */
class ReceivedPresence {
  names: Set<string> | undefined;
  count: number;
  statuses: Map<string, string>;

  constructor({ online, count, statuses }: Presence) {
    this.names = count > limits.onlineListed ? undefined : new Set(online);
    this.count = count;
    this.statuses = new Map(statuses.map(({ userId, presence }) => [userId, presence]));
  }

  take({ type, data }: SignalEnvelope): void {
    if (type === "userOnline") {
      expect(this.names?.has(data.userId), "sent once").not.toBe(true);
      this.names?.add(data.userId);
    }
    if (type === "userOnline" || type === "userOffline") this.statuses.delete(data.userId);
    if (type === "userOffline") this.names?.delete(data.userId);
    if (type === "statusUpdate") this.statuses.set(data.userId, data.presence);
    if (type !== "onlineCount") return;
    this.names = data.online && new Set(data.online);
    this.count = data.onlineCount;
    this.statuses.clear();
  }

  /** The presence as it is to be sent: names, or a number. */
  get received() {
    if (!this.names) return this.count;
    const notable = [...this.statuses].filter(([, presence]) => presence !== "online");
    return { names: [...this.names].toSorted(), statuses: notable.toSorted() };
  }
}

/** A room's presence without a room: sockets that record what they are sent, and disconnects without a table. */
class PresenceScenario {
  readonly views = new Map<SubscriberConnection, ReceivedPresence>();
  readonly frames: SignalEnvelope[][] = [];
  readonly presence: Presence;
  readonly signals: SignalBroadcast;
  readonly #left = new Map<string, UserStatus>();
  #rev = 0;

  constructor(userIds: readonly string[]) {
    const { views, frames } = this;
    const take = (connection: SubscriberConnection, texts: readonly string[]) => {
      for (const text of texts) views.get(connection)?.take(JSON.parse(text) as SignalEnvelope);
    };
    const sockets = {
      get size() {
        return views.size;
      },
      broadcastDroppable: (texts: readonly string[], to: (connection: SubscriberConnection) => boolean) => {
        frames.push(texts.map((text) => JSON.parse(text) as SignalEnvelope));
        for (const connection of views.keys()) if (to(connection)) take(connection, texts);
      },
      sendDroppable: take,
    } as unknown as SocketRegistry<Subscriber>;
    this.signals = new SignalBroadcast({ sockets, room: { channel: { id: "chn" } } });
    const left = this.#left;
    const departures = {
      all: [],
      find: (userId: string) => left.get(userId),
      start: (status: UserStatus) => void left.set(status.userId, status),
      updateStatus: (status: UserStatus) => void left.set(status.userId, status),
      cancel: (userId: string) => void left.delete(userId),
      removeExpired: () => {
        const offline = [...left.keys()];
        left.clear();
        return offline;
      },
    } as unknown as DisconnectGrace;
    const here = userIds.map((userId) => this.#connection(userId, "online"));
    this.presence = new Presence(departures, here, this.signals);
    this.signals.start(this.presence);
    for (const connection of here) this.views.set(connection, new ReceivedPresence(this.presence));
  }

  #connection(userId: string, presence: UserStatus["presence"]): SubscriberConnection {
    const status: UserStatus = { userId, presence, custom: null, rev: ++this.#rev };
    return { owner: { userId, status } } as SubscriberConnection;
  }

  enter(userId: string, presence: UserStatus["presence"]): void {
    const connection = this.#connection(userId, presence);
    this.presence.addConnection(connection);
    this.views.set(connection, new ReceivedPresence(this.presence));
    this.signals.addSubscriber(connection);
  }

  leave(userId: string): void {
    const [connection] = [...this.presence.connectionsOf(userId)];
    if (!connection) return;
    this.views.delete(connection);
    this.presence.removeConnection(connection, 0);
    this.signals.removeSubscriber(connection);
  }

  show(userId: string, presence: UserStatus["presence"]): void {
    this.presence.setStatus({ userId, presence, custom: null, rev: ++this.#rev });
  }

  expire(): void {
    this.presence.expire(0);
    this.signals.send();
  }
}

const crowd = (count: number) => Array.from({ length: count }, (_, at) => `crowd-${at}`);
const few = ["ann", "bob", "cid", "dan", "eve"];
const shown = fc.constantFrom<UserStatus["presence"]>("online", "away", "dnd", "offline");
const step = fc.oneof(
  fc.record({ kind: fc.constant("enter" as const), who: fc.constantFrom(...few), as: shown }),
  fc.record({ kind: fc.constant("leave" as const), who: fc.constantFrom(...few) }),
  fc.record({ kind: fc.constant("show" as const), who: fc.constantFrom(...few), as: shown }),
  fc.record({ kind: fc.constant("expire" as const) }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(1, 150, 250, 1_100) }),
);

test("[PS1] [PS3] [PS5] random presence: in the end every client has it right", () => {
  const property = fc.property(
    fc.constantFrom(0, 3, limits.onlineListed - 2, limits.onlineListed, limits.onlineListed + 1),
    fc.array(step, { maxLength: 40 }),
    (count, steps) => {
      const stage = new PresenceScenario(crowd(count));
      for (const one of steps) {
        if (one.kind === "enter") stage.enter(one.who, one.as);
        else if (one.kind === "leave") stage.leave(one.who);
        else if (one.kind === "show") stage.show(one.who, one.as);
        else if (one.kind === "expire") stage.expire();
        else vi.advanceTimersByTime(one.ms);
      }
      vi.advanceTimersByTime(5_000);
      expect(vi.getTimerCount(), "an idle room can hibernate").toBe(0);
      const truth = new ReceivedPresence(stage.presence).received;
      for (const view of stage.views.values()) expect(view.received).toEqual(truth);
      for (const frame of stage.frames)
        for (const { type, data } of frame)
          if (type === "statusUpdate") expect(data.presence).not.toBe("offline");
    },
  );
  fc.assert(property, { numRuns: 200 });
});

test("[PS1] simultaneous changes are one frame; frames are 200 ms or more apart", () => {
  for (const [count, everyMs] of [
    [2, 200],
    [3_000, 600],
  ] as const) {
    const stage = new PresenceScenario(crowd(count));
    const at: number[] = [];
    const beganMs = Date.now();
    for (let ms = 0; ms < 3_000; ms += 10) {
      stage.signals.addTyping("crowd-1", null);
      const before = stage.frames.length;
      vi.advanceTimersByTime(10);
      if (stage.frames.length > before) at.push(Date.now() - beganMs);
    }
    const gaps = at.slice(1).map((ms, index) => ms - at[index]!);
    expect(at[0], "the first after a pause at once").toBeLessThanOrEqual(10);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(everyMs - 10);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(everyMs + 10);
  }
});

test("[PS2] a change that is reversed before its broadcast is not sent", () => {
  const stage = new PresenceScenario(["ann", "bob"]);
  stage.signals.addTyping("ann", null);
  vi.advanceTimersByTime(1);
  stage.enter("eve", "online");
  stage.show("eve", "offline");
  stage.leave("bob");
  stage.presence.expire(0);
  stage.enter("bob", "online");
  vi.advanceTimersByTime(1_000);
  expect(stage.frames.flat().map(({ type }) => type)).toEqual(["typing"]);
});

test("[PS3] [TY1] a user who turned invisible before the broadcast types unseen", () => {
  const stage = new PresenceScenario(["ann", "bob"]);
  stage.signals.addTyping("ann", null);
  stage.show("ann", "offline");
  vi.advanceTimersByTime(1_000);
  expect(stage.frames.flat().map(({ type }) => type)).toEqual(["userOffline"]);
});
