import type { OutgoingFile } from "../state/database.ts";
import type { Workspace } from "../state/workspace.ts";

interface LaterMessage {
  channelId: string;
  threadId: string | null;
  content: string;
  files: readonly OutgoingFile[];
}

/** Asks when a message is to be sent, and schedules it. `onScheduled` is called when the server has it. */
export function scheduleMessage(
  _workspace: Workspace,
  _message: LaterMessage,
  _onScheduled: () => void,
): void {}
