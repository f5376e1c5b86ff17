/** The user's notifications as far as they are loaded, the newest first. */
interface LoadedNotifications {
  items: readonly { seq: number; read: boolean }[];
  /** Whether there are older ones. */
  hasMore: boolean;
}

/** Whether all of some notifications were read or deleted. Those that are newer or older than the loaded ones may be unread. */
export function areRead(seqs: readonly number[], { items, hasMore }: LoadedNotifications): boolean {
  const newest = items[0]?.seq ?? 0;
  const oldest = hasMore ? (items.at(-1)?.seq ?? 0) : 0;
  return (
    seqs.length > 0 &&
    seqs.every(
      (seq) => seq <= newest && seq >= oldest && items.find((item) => item.seq === seq)?.read !== false,
    )
  );
}
