/** What is measured: who is in the room, who sends, and how fast. */

/** `closed`: each sender keeps `inFlight` messages unacknowledged. `open`: messages fall due at a fixed rate, answered or not. */
export type Pace = { kind: "closed"; inFlight: number } | { kind: "open"; perSecond: number };

export type Cell = {
  name: string;
  title: string;
  /** Sockets in the room; every one of them is delivered every message. */
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

export const cells: readonly Cell[] = [
  burst(100, 4),
  burst(100, 64),
  burst(1_000, 4),
  burst(1_000, 64),
  steady("latency-100", 100, 50),
  steady("low-rate-1000", 1_000, 20),
];

/** The most senders any cell has: that many accounts are made, and all sockets share them. */
export const accountsNeeded = Math.max(...cells.map((cell) => cell.senders));

/** Steady cells see few messages a second: a longer window gives their p99 enough of them. */
export const windowSeconds = (cell: Cell, seconds: number): number =>
  cell.pace.kind === "open" ? seconds * 2.5 : seconds;
