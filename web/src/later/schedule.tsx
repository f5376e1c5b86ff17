import type { OutgoingFile } from "../state/database.ts";
import type { Workspace } from "../state/workspace.ts";
import { openLazyDialog } from "../ui/workspace-dialog.tsx";

/** A message that is to be sent later. */
export interface LaterMessage {
  channelId: string;
  threadId: string | null;
  content: string;
  files: readonly OutgoingFile[];
}

/** Asks when a message is to be sent, and schedules it. `onScheduled` is called when the server has it. */
export const scheduleMessage = (workspace: Workspace, message: LaterMessage, onScheduled: () => void): void =>
  openLazyDialog(workspace, () => import("./schedule-dialog.tsx").then((module) => module.ScheduleDialog), {
    message,
    onScheduled,
  });
