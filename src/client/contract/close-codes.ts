// Generated from src/protocol/close-codes.ts by `npm run docs`. Do not edit.

/**
 * The codes with which the server closes sockets. `reconnect`: whether the client should reconnect automatically. After 4401 the client
 * needs a new session first, after 4403 access to the channel.
 */
export const closeCodes = {
  done: { code: 1000, reconnect: false, meaning: "Normal closure." },
  tooBig: { code: 1009, reconnect: false, meaning: "A frame exceeded 1 MiB." },
  restart: { code: 1012, reconnect: true, meaning: "The server restarts: reconnect with jitter and resume." },
  protocol: { code: 4400, reconnect: false, meaning: "Repeated protocol violations." },
  sessionEnded: { code: 4401, reconnect: false, meaning: "The session has ended." },
  notMember: { code: 4403, reconnect: false, meaning: "No longer a member of this channel." },
  slow: { code: 4408, reconnect: true, meaning: "The client reads too slowly, or was silent for too long." },
  tooMany: { code: 4429, reconnect: true, meaning: "Too many frames." },
} as const satisfies Record<string, { code: number; reconnect: boolean; meaning: string }>;

export type CloseReason = keyof typeof closeCodes;
