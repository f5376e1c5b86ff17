import { signal } from "@preact/signals";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "parley.theme";
const stored = localStorage.getItem(key);

/** The chosen colours; `system` follows the device. */
export const theme = signal<Theme>(themes.find((name) => name === stored) ?? "system");

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  localStorage.setItem(key, chosen);
  applyTheme();
}

/** Shows the chosen colours. */
export function applyTheme(): void {
  const { dataset } = document.documentElement;
  if (theme.peek() === "system") delete dataset["theme"];
  else dataset["theme"] = theme.peek();
}
