import { useEffect, useRef } from "preact/hooks";
import { type FollowedThread, getThreads } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { ViewPage } from "../view-page.tsx";
import { ThreadCard } from "./thread-card.tsx";

const idOf = ({ message }: FollowedThread): string => message.id;
/** How long after a change the list is loaded again, in ms: the server lists threads about a second after a reply. */
const reloadDelayMs = 1_500;

/** The threads that the user follows: those with unread replies first. */
export function ThreadsView() {
  const { threads } = useWorkspace();
  const followed = useEndpointPages(getThreads, { query: { limit: 20 } }, idOf, ({ items }) =>
    threads.put(items),
  );
  const version = threads.version.value;
  const loadedVersion = useRef(version);
  const { reload } = followed;
  useEffect(() => {
    if (version === loadedVersion.current) return undefined;
    const timer = setTimeout(() => {
      loadedVersion.current = version;
      reload();
    }, reloadDelayMs);
    return () => clearTimeout(timer);
  }, [version]);
  return (
    <ViewPage view="threads">
      <PagedList
        from={followed}
        label="Followed threads"
        empty={
          <EmptyState title="You follow no thread">
            <p class="muted">
              Threads that you begin or reply in are listed here. You can also follow a thread by the bell in
              its header.
            </p>
          </EmptyState>
        }
      >
        {({ message }) => <ThreadCard root={message} />}
      </PagedList>
    </ViewPage>
  );
}
