import { navigate } from "../router.ts";
import type { WorkerMessage } from "../service-worker/protocol.ts";

/** Shows what the user chose in a system notification. */
export function followWorker(): void {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    const message = data as WorkerMessage | null;
    if (message?.type === "navigate" && /^\/(?!\/)/.test(message.path)) navigate(message.path);
  });
}
