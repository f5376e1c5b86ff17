import { logOut } from "../session.ts";
import type { Workspace } from "../state/workspace.ts";
import { confirm } from "../ui/dialog.tsx";

/** Logs out; asks first if there are messages that only this device has. */
export async function logOutSafely({ outbox }: Workspace): Promise<void> {
  const unsent = outbox.messages.peek().length;
  const isConfirmed =
    unsent === 0 ||
    (await confirm({
      title: "Log out?",
      text: `${unsent === 1 ? "One message was" : `${unsent} messages were`} not sent yet. A logout deletes what this device stores.`,
      action: "Log out and delete",
      isDanger: true,
    }));
  if (isConfirmed) await logOut();
}
