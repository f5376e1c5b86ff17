import type { View } from "../router.ts";

/** The titles of the views, for their headers and the title of the page. */
export const viewTitles: Record<View, string> = {
  threads: "Threads",
  activity: "Activity",
  saved: "Saved",
  later: "Scheduled",
  drafts: "Drafts",
  browse: "Channels",
  people: "People",
  search: "Search",
};
