/** The places where a test may let an object die; each is a step between two writes. */
export type Failpoint =
  | "room:before-commit"
  | "room:after-commit"
  | "room:after-ack"
  | "room:after-record"
  | "room:before-index"
  | "room:after-index"
  | "room:after-leftovers"
  | "room:in-alarm"
  | "room:before-expand"
  | "room:after-expand"
  | "room:after-notify"
  | "room:after-personal"
  | "room:after-claim"
  | "room:before-drop"
  | "room:after-drop"
  | "hub:before-end"
  | "hub:after-end"
  | "hub:before-notify"
  | "hub:after-notify"
  | "hub:before-status"
  | "hub:after-status"
  | "hub:after-claim"
  | "hub:after-mark"
  | "hub:after-bytes"
  | "hub:after-row"
  | "hub:before-settle"
  | "upload:after-reserve"
  | "upload:after-enter"
  | "upload:after-store"
  | "upload:after-complete"
  | "account:before-record"
  | "account:after-record";

/** What a test's hook throws so that the code stops there as if the process had died; nothing may catch it and go on. */
export class SimulatedCrash extends Error {}

type Hook = (point: Failpoint) => void;
let hook: Hook | undefined;

/** For tests alone: what to do at each failpoint. */
export function onFailpoint(next: Hook | undefined): void {
  hook = next;
}

/** Folded away wherever `__FAILPOINTS__` is not true; `npm run check` shows that the deployed bundle has none. */
export function failpoint(point: Failpoint): void {
  if (__FAILPOINTS__) hook?.(point);
}
