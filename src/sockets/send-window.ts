import { limits } from "../protocol/index.ts";

/**
 * How far a reader is behind what it confirms by `seen`: what is sent and not yet read can't be seen from here
 * (`bufferedAmount` does not exist in workerd).
 */
export class SendWindow {
  unconfirmedBytes = 0;

  /** What it has unread counts towards what an object or an isolate may hold for all. */
  get isBehind(): boolean {
    return this.unconfirmedBytes >= limits.unconfirmedShedBytes / 2;
  }

  /** It loses what is ephemeral. */
  get isSlow(): boolean {
    return this.unconfirmedBytes >= limits.unconfirmedShedBytes;
  }

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
