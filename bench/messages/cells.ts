/** `closed`: each sender keeps `inFlight` messages unacknowledged. `open`: messages are sent at a fixed rate, acknowledged or not. */
export type Pace = { kind: "closed"; inFlight: number } | { kind: "open"; perSecond: number };

/** One measured situation: the sockets in a room, how many of them send, and how fast. */
export type Cell = {
  name: string;
  title: string;
  /** Sockets in the room; each receives every message. */
  sockets: number;
  /** How many of those sockets also send. */
  senders: number;
  pace: Pace;
};

const burst = (sockets: number, senders: number): Cell => ({
  name: `${sockets}x${senders}`,
  title: `${sockets.toLocaleString("en")} subscribers, ${senders * 4} in flight`,
  sockets,
  senders,
  pace: { kind: "closed", inFlight: 4 },
});

const steady = (name: string, sockets: number, perSecond: number): Cell => ({
  name,
  title: `${sockets.toLocaleString("en")} subscribers, ${perSecond} messages/s`,
  sockets,
  senders: 4,
  pace: { kind: "open", perSecond },
});

/** The cells of each section. */
export const cellsOf: Record<"throughput" | "latency", readonly Cell[]> = {
  throughput: [burst(100, 4), burst(100, 64), burst(1_000, 4), burst(1_000, 64)],
  latency: [steady("latency-100", 100, 50), steady("low-rate-1000", 1_000, 20)],
};
export const cells: readonly Cell[] = Object.values(cellsOf).flat();

/** Returns the length of the measured window. Cells with a fixed rate have few messages a second, so their p99 needs a longer one. */
export const windowSeconds = (cell: Cell, seconds: number): number =>
  cell.pace.kind === "open" ? seconds * 2.5 : seconds;
