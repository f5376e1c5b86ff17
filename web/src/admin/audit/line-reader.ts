/** Divides a text that arrives in parts into lines, and remembers the last complete one. */
export class LineReader {
  #rest = "";
  #last: string | undefined;
  #count = 0;

  /**
   * Adds a part of the text.
   *
   * @returns the lines that are complete with it, as one text that ends with a line break; empty if there is none
   */
  push(part: string): string {
    const text = this.#rest + part;
    const end = text.lastIndexOf("\n") + 1;
    this.#rest = text.slice(end);
    const complete = text.slice(0, end);
    if (complete === "") return "";
    this.#count += complete.split("\n").length - 1;
    this.#last = complete.slice(complete.lastIndexOf("\n", end - 2) + 1, end - 1);
    return complete;
  }

  /** Discards an incomplete line, because the text is interrupted there. */
  discardRest(): void {
    this.#rest = "";
  }

  /** The number of complete lines. */
  get count(): number {
    return this.#count;
  }

  /** The cursor with which a stream continues after the last complete line; undefined before the first line. */
  get cursor(): string | undefined {
    if (this.#last === undefined) return undefined;
    return (JSON.parse(this.#last) as { cursor: string }).cursor;
  }
}
