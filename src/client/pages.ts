import type { Answer, Call, CallArguments } from "./call.ts";
import type { Endpoint } from "./endpoint.ts";
import type { AnyEndpoint, AnyInput } from "./request.ts";

type Pages = { items: readonly unknown[] } | { events: readonly unknown[] };

/** An endpoint that returns a list, or a page of one. */
export type ListEndpoint = Endpoint<never, Pages>;

/** The type of a list's items. */
export type ItemOf<E extends ListEndpoint> =
  Answer<E> extends { items: readonly (infer Item)[] }
    ? Item
    : Answer<E> extends { events: readonly (infer Event)[] }
      ? Event
      : never;

interface AnyPage {
  items?: readonly { seq: number }[];
  events?: readonly { seq: number }[];
  nextCursor?: string | null;
  hasMoreBefore?: boolean;
  hasMoreAfter?: boolean;
  hasMore?: boolean;
}

/** Returns the pages of a list, from the one that `input` requests to the last, fetched as they are consumed. */
export async function* pages<E extends AnyEndpoint>(
  call: Call,
  endpoint: E,
  ...[input = {}]: [AnyInput?]
): AsyncGenerator<Answer<E>, void, undefined> {
  for (let query = input.query; ;) {
    const args = [{ ...input, ...(query && { query }) }] as unknown as CallArguments<E>;
    const page = await call(endpoint, ...args);
    yield page;
    const next = nextPageQuery(endpoint, query ?? {}, page as AnyPage);
    if (!next) return;
    query = { ...query, ...next };
  }
}

/** Returns the parameters of the next page's query that differ from those of `page`; undefined after the last page. */
function nextPageQuery(
  { pages: kind }: AnyEndpoint,
  { after, around }: Record<string, unknown>,
  page: AnyPage,
): Record<string, unknown> | undefined {
  if (kind === "cursor") return page.nextCursor ? { cursor: page.nextCursor } : undefined;
  if (kind === "events") return page.hasMore ? { after: page.events?.at(-1)?.seq } : undefined;
  if (kind !== "messages" || around !== undefined) return undefined;
  if (after !== undefined) return page.hasMoreAfter ? { after: page.items?.at(-1)?.seq } : undefined;
  return page.hasMoreBefore ? { before: page.items?.[0]?.seq } : undefined;
}

/** Returns the items of a list, over all its pages. Messages are returned newest first, unless `query.after` is given. */
export async function* list<E extends ListEndpoint>(
  call: Call,
  endpoint: E,
  ...[input = {}]: [AnyInput?]
): AsyncGenerator<ItemOf<E>, void, undefined> {
  const isBackward = endpoint.pages === "messages" && input.query?.["after"] === undefined;
  for await (const page of pages(call, endpoint, input)) {
    const { items, events = [] } = page as AnyPage;
    const found = items ?? events;
    yield* (isBackward ? found.toReversed() : found) as ItemOf<E>[];
  }
}
