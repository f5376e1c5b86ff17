import type { Entry, Group } from "./entries.ts";

/** A longer query is cut off. */
const maxQueryLength = 200;

/**
 * Returns the groups with only the entries that contain every word of the query in their id, path or summary, without regard to case.
 * Groups without an entry are omitted; an empty query returns all groups.
 */
export function searchEntries(groups: readonly Group[], query: string): readonly Group[] {
  const words = query.slice(0, maxQueryLength).toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return groups;
  return groups
    .map((group) => ({
      ...group,
      entries: group.entries.filter((entry) => {
        const text = searchText(entry);
        return words.every((word) => text.includes(word));
      }),
    }))
    .filter(({ entries }) => entries.length > 0);
}

const searchText = (entry: Entry): string => {
  const place = entry.kind === "operation" ? `${entry.method} ${entry.path}` : entry.channel.address;
  return `${entry.id} ${entry.label} ${place} ${entry.summary}`.toLowerCase();
};
