/** The largest reason that a close frame can carry (RFC 6455, section 5.5). */
const maxReasonBytes = 123;

/**
 * Returns whether an endpoint may send this close code. RFC 6455, section 7.4, reserves 1004, 1005, 1006 and 1015; workerd's `close`
 * throws for these and for codes outside 1000–4999.
 */
export const isSendableCode = (code: number): boolean =>
  Number.isInteger(code) && code >= 1000 && code <= 4999 && ![1004, 1005, 1006, 1015].includes(code);

/**
 * Sends a close frame, or echoes one. Never throws. A code that can't be sent (an invalid one of the client, or the platform's own 1005
 * and 1006) is replaced by 1000: without an echo the client would wait until the platform drops the connection.
 */
export function closeSocket(ws: WebSocket, code: number, reason = ""): void {
  const sent = isSendableCode(code) ? code : 1000;
  try {
    ws.close(sent, Buffer.byteLength(reason) > maxReasonBytes ? "" : reason);
  } catch {
    // The platform has dropped the connection already.
  }
}
