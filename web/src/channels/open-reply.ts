import { getMessageAt, ParleyError } from "../../../src/client/index.ts";
import { messagePath } from "../messages/message-path.ts";
import { navigate, url } from "../router.ts";
import type { Workspace } from "../state/workspace.ts";

/** Goes to the thread of a reply whose link leads to a channel that does not show it. Does nothing if there is no such message. */
export async function openReply({ client }: Workspace, channelId: string, seq: number): Promise<void> {
  const { pathname } = url.peek();
  try {
    const message = await client.call(getMessageAt, { params: { channelId, seq } });
    if (url.peek().pathname === pathname) navigate(messagePath(message), { replace: true });
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    // The channel is shown around the place of the message.
  }
}
