/** The steps between two writes at which a test may simulate a crash of the object. */
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
  | "hub:after-attach"
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
  | "hub:before-send"
  | "hub:after-send"
  | "hub:before-remind"
  | "hub:after-remind"
  | "hub:before-push"
  | "hub:after-push"
  | "upload:after-reserve"
  | "upload:after-enter"
  | "upload:after-store"
  | "upload:after-complete"
  | "job:before-step"
  | "job:after-step"
  | "job:after-save"
  | "job:before-erase"
  | "job:before-purge"
  | "job:before-export"
  | "room:before-erase"
  | "room:after-erase"
  | "room:before-expire"
  | "room:after-expire"
  | "hub:before-wipe"
  | "hub:after-wipe"
  | "account:before-record"
  | "account:after-record"
  | "account:after-invite"
  | "mail:after-send"
  | "room:before-wake"
  | "room:after-wake"
  | "subscription:after-insert"
  | "subscription:after-send"
  | "subscription:after-position"
  | "bot:after-insert"
  | "command:after-begin"
  | "command:after-delete"
  | "command:after-delivery"
  | "command:after-reserve"
  | "command:after-post"
  | "emoji:after-image"
  | "emoji:after-delete"
  | "server-user:after-insert"
  | "webhook:after-insert"
  | "webhook:after-avatar-copy"
  | "webhook:after-delete";

/**
 * Thrown by a test's hook to stop code at a failpoint as if the process had died there. A `catch` that retries or reports an
 * error calls `rethrowSimulatedCrash` first, since nothing runs after a real crash. The class and its checks exist in test
 * builds alone: `__FAILPOINTS__` is false in a deployed bundle.
 */
export class SimulatedCrash extends Error {}

/**
 * Returns whether an error is a simulated crash. For a background loop, which must stop without a rejection that nothing
 * handles: it then returns `neverSettles()`, as the promises of a crashed process never settle.
 */
export const isSimulatedCrash = (error: unknown): boolean =>
  // Not `&&`, about whose constant left operand esbuild would warn at each start of `npm run dev`.
  __FAILPOINTS__ ? error instanceof SimulatedCrash : false;

/** Throws an error again if it is a simulated crash. */
export function rethrowSimulatedCrash(error: unknown): void {
  if (__FAILPOINTS__ && error instanceof SimulatedCrash) throw error;
}

/** Returns a promise that stays pending. */
export const neverSettles = (): Promise<never> => new Promise(() => {});

type Hook = (point: Failpoint) => void;
let hook: Hook | undefined;

/** Sets what tests do at each failpoint. */
export function onFailpoint(next: Hook | undefined): void {
  hook = next;
}

/**
 * Marks a failpoint. Does nothing, and is removed from the bundle, unless `__FAILPOINTS__` is true; `npm run check` verifies that
 * the deployed bundle contains no failpoint.
 */
export function failpoint(point: Failpoint): void {
  if (__FAILPOINTS__) hook?.(point);
}
