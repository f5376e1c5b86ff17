import type { Pace } from "../messages/cells.ts";

export type WireName = "parley" | "parley-plain" | "socketio";

/** Where to connect, and with which tokens; socket `i` uses identity `i % identities.length`. */
export type Room = {
  wire: WireName;
  host: string;
  port: number;
  channelId: string;
  identities: { token: string }[];
};

export type Job = Room & {
  sockets: number;
  senders: number;
  pace: Pace;
  warmupMs: number;
  windowMs: number;
  /** Roots of the process trees whose CPU time counts as the server's. */
  serverPids: number[];
};

/** Times in milliseconds, CPU in seconds. Latencies count from the time at which a message was scheduled, not sent. */
export type Measurement = {
  windowSeconds: number;
  messages: number;
  deliveries: number;
  deliveriesPerSecond: number;
  bytesPerDelivery: number;
  eventsPerFrame: number;
  /** Server CPU from the start of the window until the server is idle, divided by all deliveries of that time: includes deferred work. */
  cpuMicrosPerDelivery: number;
  /** Server CPU within the window, in cores. */
  serverCores: number;
  /** How long the server was busy after the last message was delivered. */
  settleSeconds: number;
  ackP50Ms: number;
  ackP99Ms: number;
  /** Only in cells with a fixed rate: at saturation, the figure would be the time in the queue. */
  deliveryP50Ms: number | null;
  deliveryP99Ms: number | null;
  generatorCores: number;
  /** Cores that all other processes on the machine used. */
  otherCores: number;
  acked: number;
  problems: string[];
};

export type FromGenerator =
  | { type: "progress"; text: string }
  | { type: "result"; measurement: Measurement }
  | { type: "failed"; reason: string };
