/** A client of ours subscribes to all its channels at once, and repeats what was not acknowledged. */
const maxFrames = 500;
const maxLength = 2 * 1024 * 1024;

/** What of one client's frames waits for an answer of a room, or behind a frame that does. */
export class PendingFrames {
  #frames = 0;
  #length = 0;

  /** Whether there is room for this frame; from now on it takes some, until `release`. */
  take(frame: string): boolean {
    if (this.#frames >= maxFrames || this.#length + frame.length > maxLength) return false;
    this.#frames++;
    this.#length += frame.length;
    return true;
  }

  release(frame: string): void {
    this.#frames--;
    this.#length -= frame.length;
  }
}
