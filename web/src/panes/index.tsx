import type { Pane } from "../router.ts";
import { lazy } from "../ui/lazy.tsx";

const ThreadPane = lazy(() => import("./thread/thread-pane.tsx").then((module) => module.ThreadPane));
const ProfilePane = lazy(() => import("./profile/profile-pane.tsx").then((module) => module.ProfilePane));
const DetailsPane = lazy(() => import("./details/details-pane.tsx").then((module) => module.DetailsPane));

/** The pane beside the main view. */
export function Panes({ shown }: { shown: Pane }) {
  switch (shown.kind) {
    case "thread":
      return <ThreadPane key={shown.messageId} {...shown} />;
    case "profile":
      return <ProfilePane key={shown.userId} userId={shown.userId} />;
    default:
      return <DetailsPane key={shown.channelId} channelId={shown.channelId} tab={shown.tab} />;
  }
}
