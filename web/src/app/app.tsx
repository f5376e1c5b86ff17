import { useEffect } from "preact/hooks";
import { navigate, paths, route, url } from "../router.ts";
import { session } from "../session.ts";
import { WorkspaceContext } from "../state/context.ts";
import { lazy } from "../ui/lazy.tsx";
import { EmptyState, Spinner } from "../ui/states.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { Shell } from "./shell.tsx";

const SessionPages = lazy(() => import("../session-pages/index.tsx").then((module) => module.SessionPages));

const Starting = ({ reason }: { reason: string | undefined }) =>
  reason === undefined ? (
    <Spinner />
  ) : (
    <EmptyState title="Parley is starting">
      <p role="status">{reason}</p>
    </EmptyState>
  );

/** The whole page: the pages without a session, or the shell of a session. */
export function App() {
  const current = session.value;
  const shown = route.value;
  const needsLogin = current.state === "none" && shown.name !== "session";
  useEffect(() => {
    if (!needsLogin || route.peek().name === "session") return;
    const { pathname, search } = url.peek();
    navigate(paths.session("login", pathname + search), { replace: true });
  }, [needsLogin]);
  return (
    <>
      {shown.name === "session" ? (
        <SessionPages page={shown.page} />
      ) : current.state === "open" ? (
        <WorkspaceContext.Provider value={current.workspace}>
          <Shell />
        </WorkspaceContext.Provider>
      ) : (
        <Starting reason={current.state === "starting" ? current.reason : undefined} />
      )}
      <Toasts />
    </>
  );
}
