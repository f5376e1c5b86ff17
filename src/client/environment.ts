/** What the client learns from its platform. Browsers have one by themselves; elsewhere `createClient({ environment })` takes one. */
export interface Environment {
  /**
   * Calls `listener` when the network may have returned, or when a suspended page or process runs again. Connections are then
   * checked, or made, without waiting for the next retry.
   *
   * @returns a function that ends the subscription.
   */
  onWake(listener: () => void): () => void;
}

/** The part of `window` and `document` that is used. */
interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** The globals of a page or of a web worker. */
export interface BrowserGlobals extends EventSource {
  document?: EventSource & { visibilityState?: string };
}

/**
 * Observes a browser: `online`, a page that becomes visible, one restored from the back/forward cache (`pageshow`) and one that is
 * resumed after the browser froze it (`resume`, https://wicg.github.io/page-lifecycle/).
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

/** Of browsers and web workers, which alone have `navigator.onLine`; elsewhere one that reports nothing. */
export function platformEnvironment(): Environment {
  const { navigator } = globalThis as { navigator?: { onLine?: boolean } };
  if (typeof navigator?.onLine !== "boolean") return { onWake: () => () => {} };
  return browserEnvironment(globalThis as unknown as BrowserGlobals);
}
