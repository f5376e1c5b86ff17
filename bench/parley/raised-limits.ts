import { raisedLimits } from "../../test/support/raised-limits.ts";

/**
 * Limits that are raised for the benchmark, in which one client acts as a thousand, as far as the measured Worker has these vars.
 * Nothing else of the Worker is changed. `--var NAME=VALUE` adds to them.
 */
export const raisedVars: Record<string, string> = {
  ...raisedLimits,
  TOGGLE_BURST: "1000000",
  USER_SOCKETS: "1000000",
  ROOM_USER_SOCKETS: "1000000",
  USER_CHANNELS_PER_HOUR: "1000000",
  USER_ADDITIONS_PER_HOUR: "1000000",
  USER_ADDED_PER_HOUR: "1000000",
  USER_CONNECTIONS: "1000000",
  USER_SUBSCRIPTIONS: "1000000",
  // Accounts are registered before anything is measured.
  PASSWORD_BUSY_CPU_PERCENT: "100",
  PASSWORD_CPU_PERCENT: "100",
  PASSWORD_LANE_MAX: "32",
};
