import { useEffect } from "preact/hooks";
import { navigate, paths } from "../router.ts";
import { useWorkspace } from "../state/context.ts";
import { EmptyState, Spinner } from "../ui/states.tsx";

const lastChannelKey = "parley.channel";

/** Remembers the channel that the next visit opens. */
export const rememberChannel = (channelId: string): void => localStorage.setItem(lastChannelKey, channelId);

/** The first page: the channel of the last visit; in a new workspace, what to do first. */
export function Home() {
  const { channels, isAdmin, me } = useWorkspace();
  const last = localStorage.getItem(lastChannelKey);
  const target = (last && channels.get(last)) || channels.named.value[0] || channels.direct.value[0];
  const targetId = target?.id;
  const isWide = matchMedia("(min-width: 721px)").matches;
  useEffect(() => {
    // On a phone the list of channels is the first page.
    if (targetId !== undefined && isWide) navigate(paths.channel(targetId), { replace: true });
  }, [targetId]);
  if (!channels.isListed.value) return <Spinner />;
  if (targetId !== undefined) return null;
  return (
    <EmptyState title={`Welcome, ${me.value.displayName}`}>
      <p>There is no conversation yet. Three steps, and your team is talking:</p>
      <ol class="first-steps">
        <li>
          <a href={paths.view("browse")}>Create a channel</a>, such as “general”, or join one.
        </li>
        <li>
          {isAdmin.value ? (
            <>
              <a href={paths.admin("invites")}>Invite people</a> with a link.
            </>
          ) : (
            "Ask an administrator for invites if somebody is missing."
          )}
        </li>
        <li>
          <a href={paths.settings("profile")}>Add a picture</a> so that others recognize you.
        </li>
      </ol>
    </EmptyState>
  );
}
