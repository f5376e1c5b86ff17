import type { Message } from "../../../src/client/index.ts";
import type { Workspace } from "../state/workspace.ts";
import { openLazyDialog } from "../ui/workspace-dialog.tsx";

/** Shows the earlier versions of a message. */
export const showHistory = (workspace: Workspace, message: Message): void =>
  openLazyDialog(workspace, () => import("./history-dialog.tsx").then((module) => module.HistoryDialog), {
    message,
  });
