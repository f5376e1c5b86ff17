/** The frame by which a gateway reports to the user's hub that its client has sent a frame. */
export const sessionUsed = "used";

const minuteMs = 60_000;

/**
 * Returns the shortest times between two writes of a session's last use, and between two reports of a used socket to the hub. Both
 * fit at least six times into the idle timeout, so that a lost report does not end a session in use.
 *
 * @param idleMs the idle timeout of sessions (`SESSION_IDLE_MS`)
 */
export const useIntervals = (idleMs: number): { storeMs: number; reportMs: number } => ({
  storeMs: Math.min(minuteMs, idleMs / 6),
  reportMs: Math.min(5 * minuteMs, idleMs / 6),
});
