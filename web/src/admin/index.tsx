import { SidebarButton } from "../app/sidebar-button.tsx";
import { paths } from "../router.ts";
import { useWorkspace } from "../state/context.ts";
import { EmptyState } from "../ui/states.tsx";
import { AdminNav } from "./admin-nav.tsx";
import { JobList } from "./jobs/job-list.tsx";
import { findPage } from "./pages.ts";

/** The administration of the workspace, for its owner and admins. */
export function AdminPages({ page }: { page: string }) {
  const { isAdmin } = useWorkspace();
  return (
    <>
      <header class="view-header">
        <SidebarButton />
        <h1 class="channel-title">Administration</h1>
      </header>
      {isAdmin.value ? <Administration page={page} /> : <NotPermitted />}
    </>
  );
}

function Administration({ page }: { page: string }) {
  const shown = findPage(page);
  return (
    <div class="admin">
      <div class="admin-columns">
        <AdminNav current={shown} />
        <div class="admin-content" key={shown?.name}>
          {shown?.name !== "jobs" && <JobList />}
          {shown ? <shown.Page /> : <UnknownPage />}
        </div>
      </div>
    </div>
  );
}

const NotPermitted = () => (
  <EmptyState title="Only the owner and admins can open this page">
    <p>Ask an admin of the workspace to make the change, or to make you an admin.</p>
    <a class="button" href={paths.home}>
      Back to your conversations
    </a>
  </EmptyState>
);

const UnknownPage = () => (
  <EmptyState title="There is no such page">
    <a class="button" href={paths.admin("people")}>
      Show the people
    </a>
  </EmptyState>
);
