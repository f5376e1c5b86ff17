/** The bare text by which a gateway reports to the user's hub that its client has sent something. */
export const sessionUsed = "used";

const minuteMs = 60_000;

/**
 * How often the use of a session is stored, and how often a socket that is in use is reported to the hub, at most. At least six
 * times within the idle limit, so that a report that is lost does not end a session in use.
 *
 * @param idleMs a session unused for this long ends (`SESSION_IDLE_MS`)
 */
export const useIntervals = (idleMs: number): { storeMs: number; reportMs: number } => ({
  storeMs: Math.min(minuteMs, idleMs / 6),
  reportMs: Math.min(5 * minuteMs, idleMs / 6),
});
