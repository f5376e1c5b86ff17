import type { FunctionComponent } from "preact";
import type { View } from "../router.ts";
import { lazy } from "../ui/lazy.tsx";

const components: Record<View, FunctionComponent> = {
  threads: lazy(() => import("./threads/threads-view.tsx").then((module) => module.ThreadsView)),
  activity: lazy(() => import("./activity/activity-view.tsx").then((module) => module.ActivityView)),
  saved: lazy(() => import("./saved/saved-view.tsx").then((module) => module.SavedView)),
  later: lazy(() => import("./later/later-view.tsx").then((module) => module.LaterView)),
  drafts: lazy(() => import("./drafts/drafts-view.tsx").then((module) => module.DraftsView)),
  browse: lazy(() => import("./browse/browse-view.tsx").then((module) => module.BrowseView)),
  people: lazy(() => import("./people/people-view.tsx").then((module) => module.PeopleView)),
  search: lazy(() => import("./search/search-view.tsx").then((module) => module.SearchView)),
};

/** The views beside the channels. */
export function Views({ view }: { view: View }) {
  const Component = components[view];
  return <Component key={view} />;
}
