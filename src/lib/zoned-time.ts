const minuteMs = 60_000;

/** A time as a clock on the wall shows it, as if the clock showed UTC, in ms since 1970. */
export type WallMs = number;

/** Converts between instants and wall clock times of one time zone. Each conversion costs some microseconds. */
export class ZonedClock {
  readonly #format: Intl.DateTimeFormat;

  /** @param timeZone an IANA name; throws `RangeError` for any other */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  }

  /** Returns what the clock shows at an instant. */
  wallOf(ms: number): WallMs {
    const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of this.#format.formatToParts(ms)) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second) + (ms - Math.floor(ms / 1_000) * 1_000);
  }

  /**
   * Returns the instant at which the clock shows a time: the earlier one if it shows the time twice. A time that is skipped when clocks are
   * set forward is moved by as much, as RFC 5545 does (section 3.3.5).
   */
  instantOf(wall: WallMs): number {
    const offsets = [wall - 24 * 60 * minuteMs, wall + 24 * 60 * minuteMs].map((ms) => this.wallOf(ms) - ms);
    const [before = 0] = offsets;
    const candidates = offsets.map((offset) => wall - offset).filter((ms) => this.wallOf(ms) === wall);
    return candidates.length > 0 ? Math.min(...candidates) : wall - before;
  }
}
