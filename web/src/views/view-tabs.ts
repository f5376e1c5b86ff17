import { pathWithQuery, url } from "../router.ts";
import type { TabLink } from "../ui/tab-links.tsx";

/** Returns the tabs of a view as links, and the shown one, which is in the address as `?tab=`. The first is shown without one. */
export function viewTabs<Key extends string>(
  tabs: readonly { key: Key; label: string }[],
): { links: TabLink[]; current: Key | undefined } {
  const wanted = url.value.searchParams.get("tab");
  const first = tabs[0]?.key;
  const links = tabs.map(({ key, label }) => ({
    key,
    label,
    href: pathWithQuery({ tab: key === first ? null : key }),
  }));
  return { links, current: tabs.find(({ key }) => key === wanted)?.key ?? first };
}
