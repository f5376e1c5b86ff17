// Generated from src/protocol/close-codes.ts by `npm run docs`. Do not edit.

/**
 * Why the server closes a socket. `reconnect`: whether the client should come back by itself.
 * 4401 and 4403 mean: not as you are; get a new session, or access, first.
 */
export const closeCodes = {
  done: { code: 1000, reconnect: false, meaning: "Done." },
  tooBig: { code: 1009, reconnect: false, meaning: "A frame over 1 MiB." },
  restart: { code: 1012, reconnect: true, meaning: "The server restarts; come back with jitter and resume." },
  protocol: { code: 4400, reconnect: false, meaning: "The protocol was broken again and again." },
  sessionEnded: { code: 4401, reconnect: false, meaning: "The session was ended." },
  notMember: { code: 4403, reconnect: false, meaning: "No longer a member of this channel." },
  slow: { code: 4408, reconnect: true, meaning: "Too slow to read, or silent for too long." },
  tooMany: { code: 4429, reconnect: true, meaning: "Too many frames." },
} as const satisfies Record<string, { code: number; reconnect: boolean; meaning: string }>;

export type CloseReason = keyof typeof closeCodes;
