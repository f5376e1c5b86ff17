/** Enough for a client that subscribes to all its channels at once and repeats its unacknowledged commands. */
const maxFrames = 500;
/** In characters. */
const maxLength = 2 * 1024 * 1024;

/** Counts a client's frames that wait for a room's reply, or behind a frame that does. */
export class PendingFrames {
  #frames = 0;
  #length = 0;

  /** Adds a frame. Returns false, without adding it, if too many wait. @param length of its text */
  add(length: number): boolean {
    if (this.#frames >= maxFrames || this.#length + length > maxLength) return false;
    this.#frames++;
    this.#length += length;
    return true;
  }

  remove(length: number): void {
    this.#frames--;
    this.#length -= length;
  }
}
