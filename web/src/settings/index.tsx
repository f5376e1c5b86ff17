import { useEffect } from "preact/hooks";
import { logOutSafely } from "../app/log-out.ts";
import { SidebarButton } from "../app/sidebar-button.tsx";
import { paths } from "../router.ts";
import { useWorkspace } from "../state/context.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { Icon } from "../ui/icon.tsx";
import { EmptyState } from "../ui/states.tsx";
import { settingsPages } from "./pages.ts";

/** The settings of the user: a list of pages, and one of them. */
export function SettingsPages({ page }: { page: string }) {
  const workspace = useWorkspace();
  const shown = settingsPages.find(({ path }) => path === (page || "profile"));
  useEffect(() => {
    document.querySelector(".settings-body")?.scrollTo({ top: 0 });
  }, [page]);
  return (
    <>
      <header class="view-header">
        <SidebarButton />
        <h1 class="channel-title">Settings</h1>
      </header>
      <div class="view-body settings-body">
        <nav class="settings-nav" aria-label="Settings">
          <ul>
            {settingsPages.map(({ path, label, icon }) => (
              <li key={path}>
                <a
                  class="sidebar-link"
                  href={paths.settings(path)}
                  aria-current={path === shown?.path ? "page" : undefined}
                >
                  <Icon name={icon} />
                  {label}
                </a>
              </li>
            ))}
          </ul>
          <ActionButton class="plain settings-log-out" onAction={() => logOutSafely(workspace)}>
            <Icon name="logout" />
            Log out
          </ActionButton>
        </nav>
        {shown ? (
          <div class="settings-page" key={shown.path}>
            <h2>{shown.label}</h2>
            <shown.Page />
          </div>
        ) : (
          <EmptyState title="There is no such page of the settings">
            <p>Choose one of the list.</p>
          </EmptyState>
        )}
      </div>
    </>
  );
}
