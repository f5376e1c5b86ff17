import type { FilesAddress } from "./files/client.ts";
import type { Room } from "./load/job.ts";
import type { ReadsSize, ReadsTarget } from "./reads/plan.ts";
import type { SocketsTarget } from "./sockets/measure.ts";

export const stackTitles = {
  parley: "Parley",
  "socketio-pg": "Express + Socket.IO + PostgreSQL",
  "ws-floor": "ws, nothing stored",
  "workerd-floor": "A minimal Durable Object",
} as const;
export type StackName = keyof typeof stackTitles;

/** The stack that ratios are relative to. */
export const baseline: StackName = "socketio-pg";

/** A running server. All stacks run during the whole benchmark; those that are not under load are idle. */
export type RunningStack = {
  /** Roots of the process trees whose CPU time counts as this stack's. */
  pids: number[];
  /** Versions of its components, by name; printed with the figures. */
  versions: Record<string, string>;
  /** Remarks about the setup, printed with the figures. */
  notes: string[];
  /** Creates a channel, and returns it with the tokens of its members. */
  openRoom(name: string): Promise<Room>;
  /** Fills channels to read from; absent if the stack stores nothing. */
  openReads?(size: ReadsSize, progress: (text: string) => void): Promise<ReadsTarget>;
  /** Creates channels of two users; absent if the stack has no gateway socket. */
  openSockets?(channels: number, progress: (text: string) => void): Promise<SocketsTarget>;
  /** Returns where a user uploads files; absent if the stack stores none. */
  openFiles?(): Promise<FilesAddress>;
  stop(): Promise<void>;
};

export type Stack = { name: StackName; start(options: StackOptions): Promise<RunningStack> };

export type StackOptions = {
  accounts: number;
  /** Path of the wrangler.toml of the Worker that is measured as Parley. */
  config: string;
  /** `--var NAME=VALUE`: they override the Worker's own. */
  vars: Record<string, string>;
  /** `--plain`: Parley's clients do not offer the compact form of events. */
  plain?: boolean;
  progress: (text: string) => void;
};

/** Thrown by `start` if this machine can't run the stack; the benchmark skips it and prints the reason. */
export class Unavailable extends Error {}
