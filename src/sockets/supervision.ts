/**
 * What a room reports over a supervisor's socket about the client's socket: the text `closing` when it has sent a close frame, then
 * one of these codes.
 */
export const supervisorCodes = {
  /** The handshake is over, or the client broke the protocol: the connection can be cut. */
  over: 1000,
  /** The client has closed and was answered: the answer is still on its way. */
  answered: 1001,
} as const;
