import { expect, test, vi } from "vitest";
import { type BrowserGlobals, browserEnvironment } from "../../../src/client/environment.ts";
import { createClient, type RealtimeOptions } from "../../../src/client/index.ts";
import {
  firstChannelId,
  recordChannel,
  nextRealtimeEvent,
  useFakeGateway,
  waitForExpectation,
  tokens,
} from "./realtime-fixture.ts";

const { fixture } = useFakeGateway();

/** Delays so long that only a wake-up can end them. */
const longDelays: RealtimeOptions = {
  backoff: { minMs: 3_600_000, maxMs: 3_600_000, random: () => 1 },
  unreadsEveryMs: 0,
};

/** A client whose environment the test controls. */
function createWatchedClient(options: RealtimeOptions = longDelays) {
  const listeners = new Set<() => void>();
  const environment = {
    onWake(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const client = createClient({ url: fixture.url, tokens, environment });
  const realtime = client.connect(options);
  const wake = (): void => listeners.forEach((listener) => listener());
  return { realtime, client, listeners, wake };
}

test("[CL3] a pending retry is made at once when the network returns", async () => {
  const { realtime, wake } = createWatchedClient();
  try {
    await realtime.live();
    fixture.server.terminateSockets();
    await nextRealtimeEvent(realtime, "lost");
    const lost = nextRealtimeEvent(realtime, "lost");
    wake();
    expect((await lost).retryInMs).toBeLessThanOrEqual(500);
    await realtime.live();
  } finally {
    realtime.close();
  }
});

test("[CL3] a half-open connection is replaced after a wake-up without a pong", async () => {
  const { server } = fixture;
  const { realtime, wake } = createWatchedClient();
  try {
    const { seen } = recordChannel(realtime, firstChannelId);
    await realtime.live();
    server.makeHalfOpen();
    server.append(firstChannelId, "sent while half-open");
    const lost = nextRealtimeEvent(realtime, "lost");
    wake();
    wake();
    expect((await lost).retryInMs).toBeLessThanOrEqual(250);
    await realtime.live();
    expect(seen).toEqual(["sent while half-open"]);
    expect([server.pings, server.upgrades.length]).toEqual([1, 2]);
  } finally {
    realtime.close();
  }
});

test("[CL3] a connection that responds stays through all wake-ups", async () => {
  const { server } = fixture;
  const { realtime, wake } = createWatchedClient();
  try {
    await realtime.live();
    const lost = vi.fn();
    realtime.on("lost", lost);
    for (let times = 1; times <= 2; times++) {
      wake();
      await waitForExpectation(() => expect(server.pings).toBe(times));
      await new Promise((resolve) => setTimeout(resolve, 900));
    }
    expect(lost).not.toHaveBeenCalled();
    expect(server.upgrades).toHaveLength(1);
  } finally {
    realtime.close();
  }
});

test("[CL3] a room on its own socket wakes too; observers end with it", async () => {
  const { realtime, listeners } = createWatchedClient();
  await realtime.live();
  expect(listeners.size).toBe(1);
  realtime.close();
  expect(listeners.size).toBe(0);
  const environment = {
    onWake(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const room = createClient({ url: fixture.url, tokens, environment }).room(firstChannelId);
  expect(listeners.size).toBe(1);
  room.close();
  expect(listeners.size).toBe(0);
});

test("[CL3] a failed repair is retried at once on the next connection", async () => {
  const { server } = fixture;
  server.replayEvents = 1;
  const { realtime, wake } = createWatchedClient();
  try {
    const { room, seen } = recordChannel(realtime, firstChannelId);
    await realtime.live();
    server.isRestDown = true;
    server.terminateSockets();
    ["1", "2", "3"].forEach((content) => server.append(firstChannelId, content));
    const failed = new Promise((resolve) => room.on("error", resolve));
    wake();
    await failed;
    server.isRestDown = false;
    server.terminateSockets();
    await nextRealtimeEvent(realtime, "lost");
    wake();
    await realtime.live();
    expect(seen).toEqual(["1", "2", "3"]);
  } finally {
    realtime.close();
  }
});

test("[CL3] wake-ups in quick succession start one attempt in half a second", async () => {
  const { server } = fixture;
  await server.stop();
  const { realtime, wake } = createWatchedClient();
  try {
    const attempts = vi.fn();
    realtime.on("state", (state) => state === "connecting" && attempts());
    await nextRealtimeEvent(realtime, "lost");
    for (let times = 0; times < 40; times++) {
      wake();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(attempts.mock.calls.length).toBeLessThanOrEqual(2);
  } finally {
    realtime.close();
    await server.listen();
  }
});

test("[CL6] a server slower than the timeout is reached by later attempts", async () => {
  const { server } = fixture;
  server.helloDelayMs = 500;
  const { realtime } = createWatchedClient({
    backoff: { minMs: 1, maxMs: 1 },
    connectTimeoutMs: 200,
    unreadsEveryMs: 0,
  });
  try {
    await realtime.live();
    expect(server.upgrades.length).toBeGreaterThanOrEqual(3);
  } finally {
    realtime.close();
  }
});

test("[CL3] browser events online, pageshow, visible and resume wake it", () => {
  const document = Object.assign(new EventTarget(), { visibilityState: "hidden" });
  const page = Object.assign(new EventTarget(), { document });
  const woken = vi.fn();
  const stop = browserEnvironment(page as unknown as BrowserGlobals).onWake(woken);
  const play = (): number => {
    page.dispatchEvent(new Event("online"));
    page.dispatchEvent(new Event("pageshow"));
    document.dispatchEvent(new Event("resume"));
    document.visibilityState = "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
    document.visibilityState = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    return woken.mock.calls.length;
  };
  expect(play()).toBe(4);
  stop();
  expect(play()).toBe(4);
  const worker = new EventTarget();
  browserEnvironment(worker as unknown as BrowserGlobals).onWake(woken);
  worker.dispatchEvent(new Event("online"));
  expect(woken).toHaveBeenCalledTimes(5);
});
