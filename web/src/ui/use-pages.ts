import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer, AnyEndpoint, CallInput, Page, ParleyClient } from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";

/** An item of a list of the server. */
type ItemOf<E extends AnyEndpoint> = Answer<E> extends Page<infer Item> ? Item : never;

/** A list that is loaded page by page. */
export interface Pages<Item, Response = Page<Item>> {
  items: readonly Item[];
  /** The last response: for what it says besides its items. */
  response: Response | undefined;
  /** Whether the first page was loaded. */
  isLoaded: boolean;
  isLoading: boolean;
  error: unknown;
  hasMore: boolean;
  loadMore: () => void;
  /** Loads as many items as are shown again; they stay visible meanwhile. */
  reload: () => void;
  /** Changes the items, after a change of the user or an event. */
  update: (change: (items: readonly Item[]) => readonly Item[]) => void;
}

interface State<Item, Response> {
  items: readonly Item[];
  response?: Response;
  error?: unknown;
  isLoading: boolean;
}

/** Pages that a reload fetches at most, so that a long list does not repeat all of its requests. */
const maxReloadedPages = 5;

/**
 * Loads a list when the component appears and when its input changes; then the items of the earlier input are dropped. Responses of outdated
 * requests are dropped too.
 *
 * @param idOf returns what identifies an item: one that a later page repeats is shown once
 * @param onPage called with each page
 */
export function usePages<E extends AnyEndpoint>(
  endpoint: E,
  input: CallInput<E>,
  idOf: (item: ItemOf<E>) => string,
  onPage: (page: Answer<E>) => void = () => {},
): Pages<ItemOf<E>, Answer<E>> {
  const { client } = useWorkspace();
  const [state, setState] = useState<State<ItemOf<E>, Answer<E>>>({ items: [], isLoading: true });
  const current = useRef(state);
  current.current = state;
  const controller = useRef<AbortController>(undefined);
  /** Counts the changes of the items by `update`. */
  const changes = useRef(0);

  const set = (change: Partial<State<ItemOf<E>, Answer<E>>>): void => {
    current.current = { ...current.current, ...change };
    setState(current.current);
  };
  /** Fetches pages until there are `count` items, and shows them after those that there are; without a cursor, in place of them. */
  const fetchPages = async (from: string | undefined, count: number): Promise<void> => {
    controller.current?.abort();
    const { signal } = (controller.current = new AbortController());
    const changesBefore = changes.current;
    set({ isLoading: true, error: undefined });
    try {
      let items: readonly ItemOf<E>[] = [];
      let cursor = from;
      let response: Answer<E>;
      let pages = 0;
      do {
        response = await fetchPage(client, endpoint, input, { cursor, signal });
        if (signal.aborted) return;
        const page = response as Page<ItemOf<E>>;
        onPage(response);
        items = withPage(items, page.items, idOf);
        cursor = page.nextCursor ?? undefined;
        pages++;
      } while (cursor !== undefined && items.length < count && pages < maxReloadedPages);
      // A change that was made meanwhile may be newer than the response.
      if (from === undefined && changes.current !== changesBefore) return await fetchPages(from, count);
      if (from !== undefined) items = withPage(current.current.items, items, idOf);
      set({ items, response, isLoading: false });
    } catch (error) {
      if (!signal.aborted) set({ error, isLoading: false });
    }
  };
  useEffect(() => {
    current.current = { items: [], isLoading: true };
    setState(current.current);
    void fetchPages(undefined, 0);
    return () => controller.current?.abort();
  }, [JSON.stringify([endpoint.path, input])]);

  const cursor = (state.response as Page<ItemOf<E>> | undefined)?.nextCursor ?? undefined;
  return {
    items: state.items,
    response: state.response,
    isLoaded: state.response !== undefined,
    isLoading: state.isLoading,
    error: state.error,
    hasMore: cursor !== undefined,
    loadMore: () => {
      if (cursor !== undefined && !state.isLoading) void fetchPages(cursor, 0);
    },
    reload: () => void fetchPages(undefined, current.current.items.length),
    update: (change) => {
      changes.current++;
      set({ items: change(current.current.items) });
    },
  };
}

function withPage<Item>(
  items: readonly Item[],
  added: readonly Item[],
  idOf: (item: Item) => string,
): readonly Item[] {
  const known = new Set(items.map(idOf));
  return [...items, ...added.filter((item) => !known.has(idOf(item)))];
}

/** Calls a list with a cursor. Types cannot express that every list accepts one. */
const fetchPage = <E extends AnyEndpoint>(
  { call }: ParleyClient,
  endpoint: E,
  input: CallInput<E>,
  { cursor, signal }: { cursor: string | undefined; signal: AbortSignal },
): Promise<Answer<E>> => {
  const { query, ...rest } = input as { query?: object };
  const withCursor = { ...rest, query: { ...query, ...(cursor !== undefined && { cursor }) }, signal };
  return (call as (endpoint: E, input: CallInput<E>) => Promise<Answer<E>>)(
    endpoint,
    withCursor as unknown as CallInput<E>,
  );
};
