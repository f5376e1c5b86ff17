/** The largest page of our own endpoints. */
export const maxPage = 100;

interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** Collects up to `limit` items of a list from as many of its pages as needed, since pages of Slack's API are larger. */
export async function collect<Item>(
  limit: number,
  cursor: string | undefined,
  read: (limit: number, cursor: string | undefined) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let at: string | null | undefined = cursor;
  do {
    const page = await read(Math.min(maxPage, limit - items.length), at);
    items.push(...page.items);
    at = page.nextCursor;
  } while (at !== null && items.length < limit);
  return { items, nextCursor: at };
}
