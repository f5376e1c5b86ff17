import type { Message } from "../../../src/client/index.ts";
import type { Workspace } from "../state/workspace.ts";
import { openLazyDialog } from "../ui/workspace-dialog.tsx";

/** Asks when the user is to be reminded of a message. */
export const remindOf = (workspace: Workspace, message: Message): void =>
  openLazyDialog(workspace, () => import("./reminder-dialog.tsx").then((module) => module.ReminderDialog), {
    message,
  });
