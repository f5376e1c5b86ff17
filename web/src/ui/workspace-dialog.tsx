import type { ComponentChildren, FunctionComponent } from "preact";
import { WorkspaceContext } from "../state/context.ts";
import type { Workspace } from "../state/workspace.ts";
import { showOverlay } from "./overlays.ts";
import { showToast } from "./toasts.tsx";

/** Shows a dialog that belongs to no component of the page, such as one that a menu opens. `close` removes it. */
function openWorkspaceDialog(workspace: Workspace, content: (close: () => void) => ComponentChildren): void {
  showOverlay((close) => (
    <WorkspaceContext.Provider value={workspace}>{content(close)}</WorkspaceContext.Provider>
  ));
}

/** Shows a dialog whose module is loaded first. A failure is shown as a toast, because the page itself stays usable. */
export function openLazyDialog<Props extends { onClose: () => void }>(
  workspace: Workspace,
  load: () => Promise<FunctionComponent<Props>>,
  props: Omit<Props, "onClose">,
): void {
  load().then(
    (DialogComponent) =>
      openWorkspaceDialog(workspace, (close) => (
        <DialogComponent {...({ ...props, onClose: close } as Props)} />
      )),
    () => showToast("This part could not be loaded. Reload the page and try again.", { isError: true }),
  );
}
