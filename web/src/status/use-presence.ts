import { useEffect } from "preact/hooks";
import { getPresence } from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";

/** Ids that one request accepts. */
const maxIds = 200;

/** Fetches the presence of users who may share no channel with the user. */
export function usePresenceOf(userIds: readonly string[]): void {
  const { client, presence } = useWorkspace();
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const load = async (): Promise<void> => {
      for (let at = 0; at < userIds.length; at += maxIds) {
        const some = userIds.slice(at, at + maxIds);
        const { items } = await client.call(getPresence, { query: { userIds: some }, signal });
        if (!signal.aborted) presence.put(items);
      }
    };
    // Without it, the list shows what the channels report.
    load().catch(() => {});
    return () => controller.abort();
  }, [userIds.join()]);
}
