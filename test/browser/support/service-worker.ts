import type { BrowserContext, Page, Worker } from "playwright-core";
import { expect } from "vitest";

/** Waits until the service worker has stored the page and controls it. */
export async function waitForServiceWorker(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated", undefined, {
    timeout: 60_000,
  });
}

/** Returns the build of a page. */
export const buildOf = (page: Page): Promise<string | null> =>
  page.locator("meta[name=build]").getAttribute("content");

/** Returns the builds of which the service worker has stored the files. */
export const storedBuilds = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const names = await caches.keys();
    return names.map((name) => name.replace("parley-shell-", "")).toSorted();
  });

/** Waits until this device has stored a message that the page shows, for a start without a network. */
export async function waitUntilStored(page: Page, userId: string, text: string): Promise<void> {
  const read = (): Promise<string> =>
    page.evaluate(
      (name) =>
        new Promise<string>((resolve, reject) => {
          const opening = indexedDB.open(name);
          opening.addEventListener("error", () => reject(opening.error));
          opening.addEventListener("success", () => {
            const database = opening.result;
            const reading = database.transaction("pages").objectStore("pages").getAll();
            reading.addEventListener("success", () => {
              database.close();
              resolve(JSON.stringify(reading.result));
            });
          });
        }),
      `parley-${userId}`,
    );
  await expect.poll(read).toContain(text);
}

/** Returns the running service worker of a browser. */
export async function workerOf(context: BrowserContext): Promise<Worker> {
  const [worker] = context.serviceWorkers();
  return worker ?? context.waitForEvent("serviceworker");
}
