/**
 * The close codes of a supervisor's socket, by which a room reports how a client's socket closes. Before, it sends the text `closing`
 * when it has sent the client a close frame.
 */
export const supervisorCodes = {
  /** The close handshake is complete, or the client violated the protocol: the connection can be ended. */
  over: 1000,
  /** The client sent a close frame and the room echoed it: the echo is still on its way. */
  answered: 1001,
} as const;
