import { limits } from "../protocol/index.ts";

/**
 * Counts the bytes that were sent on a socket and not yet confirmed by the client's `seen`. workerd has no `bufferedAmount`, so that
 * backpressure needs these confirmations.
 */
export class SendWindow {
  unconfirmedBytes = 0;

  /** Whether the unconfirmed bytes count towards the limit that all slow sockets of an object or isolate share. */
  get isBehind(): boolean {
    return this.unconfirmedBytes >= limits.unconfirmedShedBytes / 2;
  }

  /** Whether signals are dropped for this socket. */
  get isSlow(): boolean {
    return this.unconfirmedBytes >= limits.unconfirmedShedBytes;
  }

  /** Whether the socket is to be closed. */
  get isTooSlow(): boolean {
    return this.unconfirmedBytes > limits.unconfirmedCloseBytes;
  }

  sent(bytes: number): void {
    this.unconfirmedBytes += bytes;
  }

  confirm(bytes: number): void {
    this.unconfirmedBytes = Math.max(0, this.unconfirmedBytes - bytes);
  }
}
