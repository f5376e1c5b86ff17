/**
 * What this isolate knows of sockets and requests that a local server ends before it stops or reloads. Objects note themselves only
 * where `DRAIN_TOKEN` is set, so that nothing grows in production.
 */
export const drainState = {
  /** The rooms and hubs that accepted sockets, by their names. */
  rooms: new Set<string>(),
  hubs: new Set<string>(),
  /** Requests that have not been answered. */
  requests: 0,
  /** Until when new requests, and new sockets, are rejected, ms since 1970. */
  requestsRejectedUntil: 0,
  socketsRejectedUntil: 0,
};
