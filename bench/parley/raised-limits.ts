/**
 * Rate limits protect a workspace from one client; here one client plays a thousand, so these vars of the Worker are raised
 * where it has them. Nothing else about the Worker is changed for the bench. `--var NAME=VALUE` adds to this.
 */
export const raisedVars: Record<string, string> = {
  SOCKET_COMMANDS_PER_SECOND: "1000000",
  SOCKET_COMMANDS_BURST: "1000000",
  USER_SOCKETS: "1000000",
  ROOM_USER_SOCKETS: "1000000",
  USER_WRITES_PER_HOUR: "1000000000",
  USER_WRITES_PER_DAY: "1000000000",
  USER_BYTES_PER_HOUR: "1000000000000",
  USER_BYTES_PER_DAY: "1000000000000",
  TOGGLE_BURST: "1000000",
  USER_CONNECTIONS: "1000000",
  USER_SUBSCRIPTIONS: "1000000",
};
