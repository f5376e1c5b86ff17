/**
 * Sockets and requests of this isolate that a local server ends before it stops or reloads. Objects register only where
 * `DRAIN_TOKEN` is set, so that nothing accumulates in production.
 */
export const drainState = {
  /** Names of the rooms that accepted sockets. */
  rooms: new Set<string>(),
  /** Names of the hubs that accepted sockets. */
  hubs: new Set<string>(),
  /** How many requests are in progress. */
  requests: 0,
  /** Until when new requests are rejected, in ms since 1970. */
  requestsRejectedUntil: 0,
  /** Until when new sockets are rejected, in ms since 1970. */
  socketsRejectedUntil: 0,
};
