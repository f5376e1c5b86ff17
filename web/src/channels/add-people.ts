import { addMember, ParleyError } from "../../../src/client/index.ts";
import type { Workspace } from "../state/workspace.ts";
import { errorText, showToast } from "../ui/toasts.tsx";

/**
 * Adds users to a channel, one after the other. Those who can't be added are named in a toast with the reason.
 *
 * @param onProgress called with the number of users who were added or rejected
 * @returns the ids of the users who were added
 */
export async function addPeople(
  { client, users }: Workspace,
  channelId: string,
  userIds: readonly string[],
  onProgress: (done: number) => void,
): Promise<string[]> {
  const added: string[] = [];
  for (const [at, userId] of userIds.entries()) {
    onProgress(at);
    try {
      await client.call(addMember, { params: { channelId }, body: { userId } });
      added.push(userId);
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      showToast(`${users.nameOf(userId)} was not added: ${errorText(error)}`, { isError: true });
    }
  }
  return added;
}
