/** Replaces an item of a list, or adds it, and keeps the list in the order of time. */
export const withItem = <Item extends { id: string }>(
  items: readonly Item[],
  changed: Item,
  timeOf: (item: Item) => number,
): readonly Item[] =>
  [...items.filter(({ id }) => id !== changed.id), changed].toSorted(
    (one, other) => timeOf(one) - timeOf(other),
  );
