/** One line that rewrites itself on a terminal; elsewhere only finished lines are printed. */
export class Progress {
  private readonly started = Date.now();
  private readonly live = process.stderr.isTTY;

  now(text: string): void {
    if (this.live) process.stderr.write(`\r\x1b[2K${this.elapsed()} ${text}`);
  }

  done(text: string): void {
    process.stderr.write(`${this.live ? "\r\x1b[2K" : ""}${this.elapsed()} ${text}\n`);
  }

  private elapsed(): string {
    const seconds = Math.round((Date.now() - this.started) / 1_000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}
