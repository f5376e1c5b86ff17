import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Spinner } from "./states.tsx";
import { showToast } from "./toasts.tsx";

/**
 * Makes a component whose module is loaded when it first appears. After a deployment, the server no longer has the modules of a page that was
 * opened before: then the user is asked to load the page again, which loses nothing.
 */
export function lazy<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
): FunctionComponent<Props> {
  let loaded: FunctionComponent<Props> | undefined;
  return function Lazy(props: Props) {
    const [state, setState] = useState<"loading" | "ready" | "failed">(loaded ? "ready" : "loading");
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          setState("ready");
        },
        () => setState("failed"),
      );
    }, []);
    const Component = loaded;
    if (Component) return <Component {...props} />;
    return state === "loading" ? <Spinner /> : <Outdated />;
  };
}

/** Loads a module for an action of the user. Where it can't be loaded, asks the user to load the page again, and returns undefined. */
export async function loadModule<Module>(load: () => Promise<Module>): Promise<Module | undefined> {
  try {
    return await load();
  } catch {
    showToast("This part could not be loaded. There may be a new version, or no connection.", {
      isError: true,
      action: { label: "Reload", onSelect: () => location.reload() },
    });
    return undefined;
  }
}

const Outdated = () => (
  <div class="empty" role="alert">
    <h2>This part could not be loaded</h2>
    <p>There may be a new version, or no connection. Unsent messages and drafts stay on this device.</p>
    <button type="button" class="button primary" onClick={() => location.reload()}>
      Reload
    </button>
  </div>
);
