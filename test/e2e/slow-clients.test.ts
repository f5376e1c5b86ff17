import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createChannel, createClient } from "../../src/client/index.ts";
import { raisedLimits } from "../support/raised-limits.ts";
import { workerdMemory } from "./support/process-usage.ts";
import { PausableClient } from "./support/pausable-client.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

const paused = 50;
const perSecond = 400;
/** The messages that each paused client misses: more than the 8 MiB at which a slow client is closed. */
const messages = 1_400;
const text = "x".repeat(7_000);

let server: WorkerdServer;
let ann: TestUser;
let bob: TestUser;

beforeEach(async () => {
  const many = String(Number.MAX_SAFE_INTEGER);
  server = await WorkerdServer.start({
    ...raisedLimits,
    USER_SOCKETS: many,
    ROOM_USER_SOCKETS: many,
    USER_CONNECTIONS: many,
  });
  [ann, bob] = (await server.createUsers("ann", "bob")) as [TestUser, TestUser];
});
afterEach(() => server.remove());

test.for(["room", "gateway"] as const)(
  "[LM2] [RM15] 50 paused clients of the %s are closed and delay no other",
  async (via) => {
    const { call } = createClient({ url: server.url, tokens: ann.tokens });
    const { id: channelId } = await call(createChannel, { body: { name: `flood by ${via}` } });
    let opened = 0;
    /** Every second client offers the compact form of events. */
    const open = ({ tokens }: TestUser, by: typeof via): Promise<PausableClient> =>
      PausableClient.open({
        port: server.port,
        token: tokens.accessToken,
        channelId,
        via: by,
        compact: opened++ % 2 === 0,
      });
    const speaker = await open(ann, "room");
    const others = await Promise.all([open(ann, "room"), open(bob, "gateway")]);
    const readers = await Promise.all(Array.from({ length: paused }, () => open(bob, via)));

    const whileAllRead = await flood(speaker, others, messages / 4);
    const memory = workerdMemory(server.pid);
    for (const reader of readers) reader.pause();
    const whilePaused = await flood(speaker, others, messages);

    console.log({ via, memory, whileAllRead, whilePaused });
    expect(whilePaused.medianMs).toBeLessThan(whileAllRead.medianMs + 25);
    expect(whilePaused.p99Ms).toBeLessThan(whileAllRead.p99Ms + 250);
    expect(whilePaused.peak - memory).toBeLessThan(180);
    await waitUntil("the room to close the paused clients", async () => {
      const { sockets } = await server.inspectObject("room", channelId);
      return sockets === 1 + others.length;
    });
    for (const reader of readers) reader.resume();
    await waitUntil("the paused clients to be closed", () =>
      readers.every(({ closeReason }) => closeReason !== undefined),
    );
    expect(new Set(readers.map(({ closeReason }) => closeReason))).toEqual(
      new Set(["closed by the server with 4408"]),
    );
    for (const reader of [speaker, ...others]) reader.end();
  },
);

/**
 * Sends long messages at a steady rate; returns their latencies at the readers in ms, and the server's peak
 * memory in MB.
 */
async function flood(speaker: PausableClient, listeners: readonly PausableClient[], count: number) {
  for (const { latenciesMs } of listeners) latenciesMs.length = 0;
  let peak = 0;
  const begun = performance.now();
  for (let index = 0; index < count; index++) {
    await sleep(Math.max(0, begun + (index * 1_000) / perSecond - performance.now()));
    speaker.send({ type: "messageCreate", data: { content: `${performance.now()} ${text}` } });
    if (index % 40 === 0) peak = Math.max(peak, workerdMemory(server.pid));
  }
  await waitUntil("the messages at the listeners", () =>
    listeners.every(({ latenciesMs }) => latenciesMs.length === count),
  );
  const sorted = listeners.flatMap(({ latenciesMs }) => latenciesMs).toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(share * sorted.length)]!;
  return { medianMs: at(0.5), p99Ms: at(0.99), peak: Math.max(peak, workerdMemory(server.pid)) };
}
