import { useEffect, useRef } from "preact/hooks";

interface Polled {
  isLoading: boolean;
  reload: () => void;
}

/** Loads a value again at an interval while the page is visible and `isActive`, and when the page becomes visible. */
export function usePolling(loaded: Polled, everyMs: number, isActive = true): void {
  const latest = useRef(loaded);
  latest.current = loaded;
  useEffect(() => {
    if (!isActive) return undefined;
    const poll = (): void => {
      // A response that takes longer than the interval is waited for.
      if (document.visibilityState === "visible" && !latest.current.isLoading) latest.current.reload();
    };
    const timer = setInterval(poll, everyMs);
    document.addEventListener("visibilitychange", poll);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", poll);
    };
  }, [everyMs, isActive]);
}
