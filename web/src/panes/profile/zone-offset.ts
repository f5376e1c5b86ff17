/** Returns how far the clocks of a zone are ahead of UTC, in minutes. Null for a zone that the browser does not support. */
export function zoneOffset(timeZone: string, at: Date): number | null {
  try {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }).formatToParts(
      at,
    );
    const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign = "+", hours = "0", minutes = "0"] = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  } catch {
    return null;
  }
}

/** Returns a difference between clocks in words, as seen from the reader; empty if there is none. */
export function differenceText(minutes: number): string {
  if (minutes === 0) return "";
  const hours = Math.abs(minutes) / 60;
  const amount = Number.isInteger(hours) ? String(hours) : hours.toFixed(2).replace(/0$/, "");
  return `${amount} ${hours === 1 ? "hour" : "hours"} ${minutes > 0 ? "ahead of you" : "behind you"}`;
}
