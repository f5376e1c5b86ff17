import type { StackName } from "../stack.ts";

/** The stacks whose idle sockets are compared: both have Parley's wire format. */
export const idleStacks = ["parley", "ws-floor"] as const satisfies readonly StackName[];

/** The memory of idle sockets of one stack in one round. */
export type Idle = {
  round: number;
  stack: StackName;
  sockets: number;
  idleSeconds: number;
  openedBytesEach: number;
  idleBytesEach: number;
};
