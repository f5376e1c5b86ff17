import { computed, signal } from "@preact/signals";

/** The event with which Chromium offers that the page be installed. */
interface InstallEvent extends Event {
  prompt(): Promise<{ outcome: "accepted" | "dismissed" }>;
}

const offered = signal<InstallEvent | null>(null);

/** Whether the browser can install the page as an application now. */
export const canInstall = computed(() => offered.value !== null);

/** Whether the page was opened from the home screen of a device of Apple; undefined on other devices. Only then does it receive pushes there. */
export const isStandaloneOnApple = (): boolean | undefined =>
  (navigator as Navigator & { standalone?: boolean }).standalone;

/** Stores the browser's install prompt, so that the settings can show it later, and prevents the browser's install banner. */
export function watchInstallOffer(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offered.value = event as InstallEvent;
  });
  addEventListener("appinstalled", () => (offered.value = null));
}

/** Asks the user to install the page. Returns whether they agreed. */
export async function install(): Promise<boolean> {
  const event = offered.peek();
  if (!event) return false;
  // Each offer can be used once.
  offered.value = null;
  return (await event.prompt()).outcome === "accepted";
}
