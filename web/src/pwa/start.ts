import { effect } from "@preact/signals";
import { whenIdle } from "../lib/when-idle.ts";
import { session } from "../session.ts";
import { holdBuildLock } from "./build-lock.ts";
import { followWorker } from "./follow-worker.ts";
import { watchInstallOffer } from "./install.ts";

/** Makes the page an application: it is stored for a start without a network, can be installed, and shows system notifications. */
export function startPwa(): void {
  holdBuildLock();
  watchInstallOffer();
  followWorker();
  effect(() => {
    const { value } = session;
    // The first channel comes first.
    if (value.state !== "open" || !value.workspace.channels.isListed.value) return undefined;
    const { workspace } = value;
    let isStopped = false;
    let stop = (): void => {};
    const follow = async (): Promise<void> => {
      const { followSession } = await import("./follow-session.ts");
      if (isStopped) return;
      stop = await followSession(workspace);
      if (isStopped) stop();
    };
    const cancel = whenIdle(() => void follow().catch(() => {}));
    return () => {
      isStopped = true;
      cancel();
      stop();
    };
  });
}
