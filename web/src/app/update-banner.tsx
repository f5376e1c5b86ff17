import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reloadToUpdate } from "../pwa/register.ts";

declare const __DEVELOPMENT__: boolean;

/** How often the page asks for a new version while it is visible: each second during development. */
const checkEveryMs = __DEVELOPMENT__ ? 1_000 : 15 * 60_000;

/** Whether the server has a newer version than this page. */
export const isOutdated = signal(false);
const build = document.querySelector<HTMLMetaElement>("meta[name=build]")?.content;

/** Asks the server for its build. A page of another one is outdated. */
async function checkForUpdate(): Promise<void> {
  try {
    const response = await fetch("/build.json", { cache: "no-store" });
    if (!response.ok) return;
    const current = (await response.json()) as { build?: string };
    if (current.build === undefined || current.build === build) return;
    if (__DEVELOPMENT__) location.reload();
    isOutdated.value = true;
  } catch {
    // Without a network there is no new version either.
  }
}

/** Offers to load a new version. The page stays usable until then. */
export function UpdateBanner() {
  useEffect(() => {
    const check = (): void => {
      if (document.visibilityState === "visible") void checkForUpdate();
    };
    const timer = setInterval(check, checkEveryMs);
    document.addEventListener("visibilitychange", check);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", check);
    };
  }, []);
  if (!isOutdated.value) return null;
  return (
    <div class="banner" role="status">
      <span>There is a new version. Drafts and unsent messages stay.</span>
      <button type="button" class="button" onClick={() => void reloadToUpdate()}>
        Reload to update
      </button>
    </div>
  );
}
