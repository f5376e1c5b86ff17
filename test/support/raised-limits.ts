/** Values of the limits of requests a minute, so high that no test reaches them. */
export const raisedRates = {
  RATE_READ_PER_MINUTE: "10000000",
  RATE_WRITE_PER_MINUTE: "10000000",
  RATE_SEARCH_PER_MINUTE: "10000000",
  RATE_UPLOAD_PER_MINUTE: "10000000",
  RATE_AUTH_PER_MINUTE: "10000000",
  RATE_ADMIN_PER_MINUTE: "10000000",
};

/** Values of the variables that limit a user's writes, so high that no test reaches them: a test writes faster than a person. */
export const raisedLimits = {
  SOCKET_COMMANDS_PER_SECOND: "100000",
  SOCKET_COMMANDS_BURST: "100000",
  USER_WRITES_PER_HOUR: "10000000",
  USER_WRITES_PER_DAY: "10000000",
  USER_BYTES_PER_HOUR: "10000000000",
  USER_BYTES_PER_DAY: "10000000000",
  GROUP_MENTIONS_PER_HOUR: "100000",
  TOGGLE_BURST: "100000",
  ...raisedRates,
  USER_INVITES_PER_HOUR: "100000",
  USER_TOKENS: "100000",
  WORKSPACE_BOTS: "100000",
  WORKSPACE_SERVER_KEYS: "100000",
  CHANNEL_WEBHOOKS: "100000",
  WORKSPACE_WEBHOOKS: "100000",
  WEBHOOK_BURST: "100000",
};
