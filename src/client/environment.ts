/** Reports changes of the platform. The client has one for browsers; on other platforms pass your own as `createClient({ environment })`. */
export interface Environment {
  /**
   * Calls `listener` when the network may have returned, or when a suspended page or process resumes. The client then checks open
   * connections, and starts waiting retries at once.
   *
   * @returns a function that ends the subscription.
   */
  onWake(listener: () => void): () => void;
}

/** The used part of `window` and `document`. */
interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The globals of a page or a web worker. */
export interface BrowserGlobals extends EventSource {
  document?: EventSource & { visibilityState?: string };
}

/**
 * Observes a browser: `online`, a page that becomes visible, one that is restored from the back/forward cache (`pageshow`), and one
 * that the browser resumes after freezing it (`resume`, https://wicg.github.io/page-lifecycle/).
 */
export function browserEnvironment(globals: BrowserGlobals): Environment {
  return {
    onWake(listener) {
      const { document } = globals;
      const whenVisible = (): void => {
        if (document?.visibilityState === "visible") listener();
      };
      const subscriptions: [EventSource | undefined, string, () => void][] = [
        [globals, "online", listener],
        [globals, "pageshow", listener],
        [document, "visibilitychange", whenVisible],
        [document, "resume", listener],
      ];
      for (const [source, type, act] of subscriptions) source?.addEventListener(type, act);
      return () => {
        for (const [source, type, act] of subscriptions) source?.removeEventListener(type, act);
      };
    },
  };
}

/** Returns the environment of a browser or web worker, recognized by `navigator.onLine`; elsewhere one that reports nothing. */
export function platformEnvironment(): Environment {
  const { navigator } = globalThis as { navigator?: { onLine?: boolean } };
  if (typeof navigator?.onLine !== "boolean") return { onWake: () => () => {} };
  return browserEnvironment(globalThis as unknown as BrowserGlobals);
}
