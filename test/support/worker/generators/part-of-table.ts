import { env } from "cloudflare:workers";

/** Whether this run tries everything, as `npm run security` does. */
export const isFullScale = (env as { SECURITY_SCALE?: string }).SECURITY_SCALE === "full";

/** Chooses which part of the large tables a short run tries, by the clock. `VITE_PART` repeats a run. */
export const part = Number(process.env["VITE_PART"] ?? Math.floor(Date.now() / 1_000));
if (!Number.isSafeInteger(part) || part < 0) throw new Error("VITE_PART must be a whole number, 0 or more");
if (!isFullScale) console.log(`VITE_PART=${part} repeats this run`);

/** Returns each n-th entry of a table, beginning at another one in each run; at full scale all entries. */
export function partOfTable<Entry>(entries: readonly Entry[], n: number): readonly Entry[] {
  if (isFullScale) return entries;
  return entries.filter((_, at) => at % n === part % n);
}
