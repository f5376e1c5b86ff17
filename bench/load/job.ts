import type { Pace } from "../cells.ts";

export type WireName = "parley" | "socketio";

/** Where and as whom to connect; socket `i` is identity `i % identities.length`. */
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
  /** Roots of the process trees whose CPU is the server's. */
  serverPids: number[];
};

/** Times in milliseconds, CPU in seconds. Latencies count from the moment a message was due, not from when it left. */
export type Measurement = {
  windowSeconds: number;
  messages: number;
  deliveries: number;
  deliveriesPerSecond: number;
  bytesPerDelivery: number;
  eventsPerFrame: number;
  /** Server CPU from the window's start until it has come to rest, over all deliveries of that time: work put off is billed too. */
  cpuMicrosPerDelivery: number;
  /** Server CPU within the window, in cores. */
  serverCores: number;
  /** How long the server went on working after the last message was delivered. */
  settleSeconds: number;
  ackP50Ms: number;
  ackP99Ms: number;
  /** Steady cells only: at saturation, waiting is what is measured. */
  deliveryP50Ms: number | null;
  deliveryP99Ms: number | null;
  generatorCores: number;
  /** What everything else on the machine took meanwhile. */
  otherCores: number;
  acked: number;
  problems: string[];
};

export type FromGenerator =
  | { type: "progress"; text: string }
  | { type: "result"; measurement: Measurement }
  | { type: "failed"; reason: string };
