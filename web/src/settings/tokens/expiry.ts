/** How long a new token is valid: a number of days, until a chosen date, or until it is revoked. */
export const expiries = ["30", "90", "365", "date", "never"] as const;
export type Expiry = (typeof expiries)[number];

export const expiryLabels: Record<Expiry, string> = {
  "30": "30 days",
  "90": "90 days",
  "365": "1 year",
  date: "Until a date …",
  never: "Until you revoke it",
};

const dayMs = 24 * 60 * 60_000;

/**
 * Returns when a new token expires, as the request has it.
 *
 * @param date - the chosen date, as YYYY-MM-DD: the token is valid until the end of that day in the zone of this device
 * @returns undefined for a token that does not expire
 */
export function expiresAt(expiry: Expiry, date: string, now = new Date()): string | undefined {
  if (expiry === "never") return undefined;
  if (expiry === "date") return new Date(`${date}T23:59:59`).toISOString();
  return new Date(now.getTime() + Number(expiry) * dayMs).toISOString();
}
