import { limits } from "../protocol/index.ts";

/**
 * How far a reader is behind what it confirms by `seen`: what is sent and not yet read can't be seen from here
 * (`bufferedAmount` does not exist in workerd).
 */
export class Unconfirmed {
  bytes = 0;

  /** What it has unread counts towards what an object or an isolate may hold for all. */
  get isBehind(): boolean {
    return this.bytes >= limits.unconfirmedShedBytes / 2;
  }

  /** It loses what is ephemeral. */
  get isSlow(): boolean {
    return this.bytes >= limits.unconfirmedShedBytes;
  }

  get isTooSlow(): boolean {
    return this.bytes > limits.unconfirmedCloseBytes;
  }

  sent(bytes: number): void {
    this.bytes += bytes;
  }

  confirm(bytes: number): void {
    this.bytes = Math.max(0, this.bytes - bytes);
  }
}
