import type { FilesAddress } from "./files/client.ts";
import type { Room } from "./load/job.ts";
import type { ReadsSize, ReadsTarget } from "./reads/plan.ts";
import type { SocketsTarget } from "./sockets/measure.ts";

export type StackName = "parley" | "socketio-pg" | "ws-floor";

/** A server under measurement. All that are measured run for the whole bench, the others at rest while one is loaded. */
export type RunningStack = {
  /** Roots of the process trees whose CPU is this stack's. */
  pids: number[];
  /** Name to version, for the record. */
  versions: Record<string, string>;
  /** What a reader of the figures has to know about how it was run. */
  notes: string[];
  /** A fresh channel, and as whom to enter it. */
  openRoom(name: string): Promise<Room>;
  /** Fills channels to read from; absent where nothing is stored. */
  openReads?(size: ReadsSize, progress: (text: string) => void): Promise<ReadsTarget>;
  /** Opens channels of two people, for the one socket and rooms' own; absent where there are none. */
  openSockets?(channels: number, progress: (text: string) => void): Promise<SocketsTarget>;
  /** Where a user uploads files; absent where there are none. */
  openFiles?(): Promise<FilesAddress>;
  stop(): Promise<void>;
};

export type Stack = { name: StackName; title: string; start(options: StackOptions): Promise<RunningStack> };

export type StackOptions = {
  accounts: number;
  /** The wrangler.toml of the Worker that is measured as Parley. */
  config: string;
  /** `--var NAME=VALUE`: put in place of the Worker's own. */
  vars: Record<string, string>;
  progress: (text: string) => void;
};

/** Thrown by `start` where this machine cannot run the stack; the bench goes on without it and says so. */
export class Unavailable extends Error {}
