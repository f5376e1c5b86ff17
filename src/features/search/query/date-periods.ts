/** A half-open period, in milliseconds since 1970: `fromMs` is inclusive, `toMs` exclusive. */
export interface Period {
  fromMs: number;
  toMs: number;
}

interface Day {
  year: number;
  month: number;
  day: number;
}

const hourMs = 3_600_000;
/** No time zone was ever further from UTC than this. */
const farthestMs = 20 * hourMs;

/**
 * Parses `YYYY-MM-DD`, `YYYY-MM`, `YYYY`, `today` or `yesterday` as a period in a time zone.
 *
 * @param timeZone - an IANA name
 * @returns `undefined` for anything else, and for dates that do not exist
 */
export function parsePeriod(text: string, timeZone: string, nowMs: number): Period | undefined {
  const zone = inZone(timeZone);
  const period = (from: Day, to: Day): Period => ({
    fromMs: beginning(from, zone),
    toMs: beginning(to, zone),
  });
  const relative = { today: 0, yesterday: -1 }[text.toLowerCase()];
  if (relative !== undefined) {
    const number = zone(nowMs);
    const today = {
      year: Math.floor(number / 10_000),
      month: Math.floor(number / 100) % 100,
      day: number % 100,
    };
    return period(plusDays(today, relative), plusDays(today, relative + 1));
  }
  const parts = /^([1-9]\d{3})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year = 0, month = NaN, day = NaN] = parts;
  if (Number.isNaN(month)) return period({ year, month: 1, day: 1 }, { year: year + 1, month: 1, day: 1 });
  if (month < 1 || month > 12) return undefined;
  const [nextYear, nextMonth] = month === 12 ? [year + 1, 1] : [year, month + 1];
  if (Number.isNaN(day)) return period({ year, month, day: 1 }, { year: nextYear, month: nextMonth, day: 1 });
  const date = { year, month, day };
  return numberOf(plusDays(date, 0)) === numberOf(date) ? period(date, plusDays(date, 1)) : undefined;
}

const numberOf = ({ year, month, day }: Day): number => (year * 100 + month) * 100 + day;

function plusDays({ year, month, day }: Day, days: number): Day {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Makes a function that returns the date of an instant in a time zone as a number: 20261123. */
function inZone(timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (ms) => {
    const [month, day, year] = format.format(ms).split("/").map(Number);
    return numberOf({ year: year ?? 0, month: month ?? 0, day: day ?? 0 });
  };
}

/**
 * Returns the first instant of a day, by binary search. A day need not begin at midnight (clocks may skip it), and a time zone may
 * skip a whole date.
 */
function beginning(day: Day, zone: (ms: number) => number): number {
  const target = numberOf(day);
  const midnight = Date.UTC(day.year, day.month - 1, day.day);
  let [before, within] = [midnight - farthestMs, midnight + farthestMs];
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (zone(middle) >= target) within = middle;
    else before = middle;
  }
  return within;
}
