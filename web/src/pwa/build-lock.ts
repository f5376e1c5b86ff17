import { buildLockPrefix } from "../service-worker/protocol.ts";

/** The build of this page. */
const build = document.querySelector<HTMLMetaElement>("meta[name=build]")?.content;

/** Holds a lock as long as the page is open, so that the service worker keeps the files of its build. */
export function holdBuildLock(): void {
  if (build === undefined) return;
  const untilClosed = (): Promise<never> => new Promise(() => {});
  void navigator.locks?.request(buildLockPrefix + build, { mode: "shared" }, untilClosed);
}
