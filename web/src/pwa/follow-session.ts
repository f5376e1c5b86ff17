import { effect } from "@preact/signals";
import { isOutdated } from "../app/update-banner.tsx";
import type { Workspace } from "../state/workspace.ts";
import { closeReadNotifications } from "./close-notifications.ts";
import { renewPush } from "./push.ts";
import { registerServiceWorker } from "./register.ts";

/** Registers the service worker, and keeps it and the system notifications up to date during a session. Returns a function that stops. */
export async function followSession(workspace: Workspace): Promise<() => void> {
  const registration = await registerServiceWorker();
  if (!registration) return () => {};
  // A failure is repeated by the next start.
  void renewPush().catch(() => {});
  const stops = [
    closeReadNotifications(workspace, registration),
    // The worker stores the new version in advance, so that it appears at once.
    effect(() => {
      if (isOutdated.value) void registration.update().catch(() => {});
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
