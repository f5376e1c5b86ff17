import { useEffect } from "preact/hooks";
import { useChannelName } from "../channels/channel-name.ts";
import { route } from "../router.ts";
import { useWorkspace } from "../state/context.ts";
import { viewTitles } from "../views/view-titles.ts";

/** Shows the number of mentions and the open channel or view in the title, the icon, and the badge of an installed application. */
export function useTitle(): void {
  const { channels } = useWorkspace();
  const badge = channels.badge.value;
  const hasUnread = channels.hasUnread.value;
  const shown = route.value;
  const channel = useChannelName(shown.name === "channel" ? shown.channelId : undefined);
  const name = shown.name === "view" ? viewTitles[shown.view] : channel;
  useEffect(() => {
    const prefix = badge > 0 ? `(${badge}) ` : hasUnread ? "• " : "";
    document.title = `${prefix}${name ? `${name} · ` : ""}Parley`;
  }, [badge, hasUnread, name]);
  useEffect(() => {
    document.querySelector<HTMLLinkElement>("link[rel=icon]")?.setAttribute("href", iconOf(badge, hasUnread));
    if ("setAppBadge" in navigator)
      void (badge > 0 ? navigator.setAppBadge(badge) : navigator.clearAppBadge()).catch(() => {});
  }, [badge, hasUnread]);
  // At the end of the session, nothing is unread.
  useEffect(() => () => void ("clearAppBadge" in navigator && navigator.clearAppBadge().catch(() => {})), []);
}

const iconOf = (badge: number, hasUnread: boolean): string =>
  badge > 0 ? "/icon-mentions.svg" : hasUnread ? "/icon-unread.svg" : "/icon.svg";
