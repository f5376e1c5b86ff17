import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../load/connection.ts";
import { privateBytes } from "../load/memory.ts";
import { Series } from "../load/series.ts";
import { freeMachine } from "../machine.ts";
import type { StatusLine } from "../../scripts/support/progress.ts";
import type { RunningStack, Stack, StackName } from "../stack.ts";
import { openDirect, openGateway, type SocketAddress } from "./wire.ts";

/** One who hears of many channels, and one who speaks in the first of them. */
export type SocketsTarget = { address: SocketAddress; sender: SocketAddress; channelIds: string[] };

export type SocketsSize = {
  /** How often a client connects, and how many messages it then hears. */
  times: number;
  messages: number;
  /** Sockets that are opened to see what they weigh. */
  gateways: number;
  idle: number;
};

export const fullSockets: SocketsSize = { times: 20, messages: 1_000, gateways: 40, idle: 1_000 };
export const quickSockets: SocketsSize = { times: 3, messages: 100, gateways: 10, idle: 200 };

export const channelsOfGateway = [20, 50] as const;
const messageEveryMs = 20;
/** Objects sleep after ten seconds in which nothing happens. */
const sleepMs = 15_000;

export type Times = { p50Ms: number; p99Ms: number };
export type Weight = { channels: number; sockets: number; bytesEach: number };
export type Idle = { stack: StackName; sockets: number; awakeBytesEach: number; asleepBytesEach: number };

export type SocketsFigures = {
  live: { gateway: Times; direct: Times };
  delivery: { gateway: Times; direct: Times };
  weights: Weight[];
  idle: Idle[];
};

const timesOf = (series: Series): Times => ({
  p50Ms: series.percentile(0.5),
  p99Ms: series.percentile(0.99),
});

/** What the one socket costs beside a room's own, and what sockets weigh while nothing happens. */
export async function measureSockets(
  running: ReadonlyMap<Stack, RunningStack>,
  size: SocketsSize,
  status: StatusLine,
): Promise<SocketsFigures | null> {
  const own = [...running.values()].find(({ openSockets }) => openSockets);
  if (!own?.openSockets) return null;
  const showStatus = (text: string): void => status.update(`sockets  ${text}`);
  const target = await own.openSockets(Math.max(...channelsOfGateway), showStatus);
  await freeMachine();
  const live = await timeToLive(target, size.times, showStatus);
  await freeMachine();
  const delivery = await deliveries(target, size.messages, showStatus);
  const weights: Weight[] = [];
  for (const channels of channelsOfGateway)
    weights.push(await weigh(own, target, { channels, sockets: size.gateways }, showStatus));
  const idle: Idle[] = [];
  for (const [{ name }, stack] of running)
    if (name !== "socketio-pg")
      idle.push({ stack: name, ...(await weighIdle(stack, size.idle, name, showStatus)) });
  status.print("sockets  measured");
  return { live, delivery, weights, idle };
}

/** From the first byte that a client sends until it is subscribed to all channels: over one socket, and over one each. */
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

/** The same events, over a gateway with all its channels and over the room's own socket: from sending to receiving. */
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
  const speaking = await openDirect(sender, channelId);
  for (let index = 0; index < messages; index++) {
    if (index % 50 === 0) showStatus(`message ${index}/${messages}`);
    sentAt.set(String(index), performance.now());
    const data = { content: `at ${index}`, nonce: `${channelId}-${performance.now()}-${index}` };
    speaking.send(JSON.stringify({ type: "messageCreate", channelId, data }));
    await sleep(messageEveryMs);
  }
  await sleep(1_000);
  for (const connection of [...connections, speaking]) connection.end();
  for (const [name, { length }] of Object.entries({ gateway, direct }))
    if (length !== messages) throw new Error(`${name}: ${length} of ${messages} messages came`);
  return { gateway: timesOf(gateway), direct: timesOf(direct) };
}

/** What a gateway's socket with so many channels adds to the server, at both of its ends. They stay open: memory is not given back. */
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

/** What a room's own socket weighs while nothing happens: right after all were opened, and when their object may sleep. */
async function weighIdle(
  { pids, openRoom }: RunningStack,
  sockets: number,
  name: string,
  showStatus: (text: string) => void,
): Promise<Omit<Idle, "stack">> {
  showStatus(`${name}: opening ${sockets} idle sockets`);
  const { host, port, channelId, identities } = await openRoom(`bench-idle-${Date.now().toString(36)}`);
  await sleep(2_000);
  const before = privateBytes(pids);
  const connections: Connection[] = [];
  for (let index = 0; index < sockets; index++) {
    const { token } = identities[index % identities.length]!;
    connections.push(await openDirect({ host, port, token }, channelId));
  }
  await sleep(1_000);
  const awake = privateBytes(pids);
  showStatus(`${name}: waiting for its objects to sleep`);
  await sleep(sleepMs);
  const asleep = privateBytes(pids);
  for (const connection of connections) connection.end();
  return {
    sockets,
    awakeBytesEach: (awake - before) / sockets,
    asleepBytesEach: (asleep - before) / sockets,
  };
}
