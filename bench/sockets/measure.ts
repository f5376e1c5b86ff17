import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../load/connection.ts";
import { privateBytes } from "../load/memory.ts";
import { Series } from "../load/series.ts";
import { freeMachine } from "../machine.ts";
import type { StatusLine } from "../../scripts/support/progress.ts";
import type { RunningStack, Stack, StackOptions } from "../stack.ts";
import { measureIdle } from "./idle.ts";
import type { Idle } from "./idle-stacks.ts";
import type { Patience } from "../validity.ts";
import { openDirect, openGateway, type SocketAddress } from "./wire.ts";

/** The addresses of two users: `address` receives the events of many channels, `sender` sends in the first of them. */
export type SocketsTarget = { address: SocketAddress; sender: SocketAddress; channelIds: string[] };

export type SocketsSize = {
  /** How often a client connects. */
  times: number;
  /** How many messages it then receives. */
  messages: number;
  /** Sockets that are opened to measure their memory. */
  gateways: number;
  idle: number;
  /** How long idle sockets stay open before their memory is measured. Objects hibernate after ten idle seconds. */
  idleSeconds: number;
};

export const fullSockets: SocketsSize = {
  ...{ times: 20, messages: 1_000, gateways: 40 },
  ...{ idle: 1_000, idleSeconds: 15 },
};
export const quickSockets: SocketsSize = {
  ...{ times: 3, messages: 50, gateways: 5 },
  ...{ idle: 200, idleSeconds: 2 },
};

export const channelsOfGateway = [20, 50] as const;
const messageEveryMs = 20;
export type Times = { p50Ms: number; p99Ms: number };
export type Weight = { channels: number; sockets: number; bytesEach: number };
export type SocketsFigures = {
  live: { gateway: Times; direct: Times };
  delivery: { gateway: Times; direct: Times };
  weights: Weight[];
  /** One entry for each stack and round. */
  idle: Idle[];
  rounds: number;
};

const timesOf = (series: Series): Times => ({
  p50Ms: series.percentile(0.5),
  p99Ms: series.percentile(0.99),
});

/** Compares the gateway socket with a room's own socket, and measures the memory of idle sockets. */
export async function measureSockets(
  running: ReadonlyMap<Stack, RunningStack>,
  size: SocketsSize & { rounds: number },
  given: Pick<StackOptions, "config" | "vars"> & { patience: Patience },
  status: StatusLine,
): Promise<SocketsFigures | null> {
  const own = [...running.values()].find(({ openSockets }) => openSockets);
  if (!own?.openSockets) return null;
  const showStatus = (text: string): void => status.update(`sockets  ${text}`);
  const target = await own.openSockets(Math.max(...channelsOfGateway), showStatus);
  await freeMachine(given.patience.idleWaitSeconds);
  const live = await timeToLive(target, size.times, showStatus);
  await freeMachine(given.patience.idleWaitSeconds);
  const delivery = await deliveries(target, size.messages, showStatus);
  const weights: Weight[] = [];
  for (const channels of channelsOfGateway)
    weights.push(await weigh(own, target, { channels, sockets: size.gateways }, showStatus));
  status.print("sockets  measured the times, and the memory of gateway sockets");
  const idle = await measureIdle({ ...size, ...given }, status);
  return { live, delivery, weights, idle, rounds: size.rounds };
}

/** Measures the time from connecting until all channels are subscribed, over one gateway socket and over one socket for each channel. */
async function timeToLive(
  { address, channelIds }: SocketsTarget,
  times: number,
  showStatus: (text: string) => void,
): Promise<SocketsFigures["live"]> {
  const [gateway, direct] = [new Series(), new Series()];
  for (let time = 1; time <= times; time++) {
    showStatus(`connecting ${time}/${times}`);
    await timed(gateway, async () => [await openGateway(address, channelIds)]);
    await timed(direct, () => Promise.all(channelIds.map((channelId) => openDirect(address, channelId))));
  }
  return { gateway: timesOf(gateway), direct: timesOf(direct) };
}

async function timed(series: Series, open: () => Promise<Connection[]>): Promise<void> {
  const begun = performance.now();
  const connections = await open();
  series.push(performance.now() - begun);
  for (const connection of connections) connection.end();
  await sleep(300);
}

/** Measures the time from sending to receiving, of the same events, over a gateway socket with all channels and over the room's own socket. */
async function deliveries(
  { address, sender, channelIds }: SocketsTarget,
  messages: number,
  showStatus: (text: string) => void,
): Promise<SocketsFigures["delivery"]> {
  const [channelId] = channelIds as [string];
  const sentAt = new Map<string, number>();
  const [gateway, direct] = [new Series(), new Series()];
  const into = (series: Series) => (text: string) => {
    for (const [, nonce = ""] of text.matchAll(/"content":"at (\d+)"/g)) {
      const at = sentAt.get(nonce);
      if (at !== undefined) series.push(performance.now() - at);
    }
  };
  const connections = [
    await openGateway(address, channelIds, into(gateway)),
    await openDirect(address, channelId, into(direct)),
  ];
  const sending = await openDirect(sender, channelId);
  for (let index = 0; index < messages; index++) {
    if (index % 50 === 0) showStatus(`message ${index}/${messages}`);
    sentAt.set(String(index), performance.now());
    const data = { content: `at ${index}`, nonce: `${channelId}-${performance.now()}-${index}` };
    sending.send(JSON.stringify({ type: "messageCreate", channelId, data }));
    await sleep(messageEveryMs);
  }
  await sleep(1_000);
  for (const connection of [...connections, sending]) connection.end();
  for (const [name, { length }] of Object.entries({ gateway, direct }))
    if (length !== messages) throw new Error(`${name}: ${length} of ${messages} messages arrived`);
  return { gateway: timesOf(gateway), direct: timesOf(direct) };
}

/** Measures the memory that a gateway socket with this many channels adds to the server. The sockets stay open, since memory is not returned. */
async function weigh(
  { pids }: RunningStack,
  { address, channelIds }: SocketsTarget,
  { channels, sockets }: { channels: number; sockets: number },
  showStatus: (text: string) => void,
): Promise<Weight> {
  await sleep(2_000);
  const before = privateBytes(pids);
  for (let index = 1; index <= sockets; index++) {
    showStatus(`weighing ${index}/${sockets} sockets with ${channels} channels`);
    await openGateway(address, channelIds.slice(0, channels));
  }
  await sleep(2_000);
  return { channels, sockets, bytesEach: (privateBytes(pids) - before) / sockets };
}
