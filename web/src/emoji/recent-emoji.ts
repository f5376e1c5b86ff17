const key = "parley.recentEmoji";
/** How many emoji are remembered: two rows of the widest grid. */
const maxRecent = 18;

/** Returns the emoji that were chosen last on this device, the last one first: an emoji, or `:name:`. */
export function recentEmoji(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(stored) ? stored.filter((value) => typeof value === "string") : [];
  } catch {
    return [];
  }
}

export function rememberEmoji(value: string): void {
  const recent = [value, ...recentEmoji().filter((each) => each !== value)].slice(0, maxRecent);
  localStorage.setItem(key, JSON.stringify(recent));
}
