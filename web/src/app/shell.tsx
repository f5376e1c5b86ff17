import { useEffect } from "preact/hooks";
import { pane, route, url } from "../router.ts";
import { ChannelView } from "../channels/channel-view.tsx";
import { Sidebar } from "../channels/sidebar.tsx";
import { useWorkspace } from "../state/context.ts";
import { lazy } from "../ui/lazy.tsx";
import { EmptyState } from "../ui/states.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Home } from "./home.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { showsSidebar } from "./shows-sidebar.ts";
import { Switcher } from "./switcher.tsx";
import { useTitle } from "./title.ts";
import { UpdateBanner } from "./update-banner.tsx";

const Views = lazy(() => import("../views/index.tsx").then((module) => module.Views));
const Panes = lazy(() => import("../panes/index.tsx").then((module) => module.Panes));
const SettingsPages = lazy(() => import("../settings/index.tsx").then((module) => module.SettingsPages));
const AdminPages = lazy(() => import("../admin/index.tsx").then((module) => module.AdminPages));

/** The page of a session: the list of channels, the view, and the pane beside it. */
export function Shell() {
  const shown = route.value;
  const { connection } = useWorkspace();
  useShortcuts();
  useTitle();
  const path = url.value.pathname;
  useEffect(() => {
    showsSidebar.value = path === "/";
  }, [path]);
  return (
    <div class={`shell ${showsSidebar.value ? "shows-sidebar" : ""}`} data-connection={connection.value}>
      <a class="skip-link" href="#main" onClick={focusMain}>
        Skip to the conversation
      </a>
      <div class="banners">
        <ConnectionBanner />
        <UpdateBanner />
      </div>
      <Sidebar />
      <main class="main" id="main" tabIndex={-1}>
        <MainView shown={shown} />
      </main>
      {pane.value && <Panes shown={pane.value} />}
      <Switcher />
    </div>
  );
}

function MainView({ shown }: { shown: typeof route.value }) {
  switch (shown.name) {
    case "home":
      return <Home />;
    case "channel":
      return <ChannelView key={shown.channelId} channelId={shown.channelId} seq={shown.seq} />;
    case "view":
      return <Views view={shown.view} />;
    case "settings":
      return <SettingsPages page={shown.page} />;
    case "admin":
      return <AdminPages page={shown.page} />;
    default:
      return (
        <EmptyState title="There is no such page">
          <a class="button" href="/">
            Back to the conversations
          </a>
        </EmptyState>
      );
  }
}

function focusMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
