import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer, AnyEndpoint, CallInput, Page, ParleyClient } from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";

/** A list that is loaded page by page. */
export interface Pages<Item, Response = Page<Item>> {
  items: readonly Item[];
  /** Returns what identifies an item. */
  idOf: (item: Item) => string;
  /** The last response: for what it says besides its items. */
  response: Response | undefined;
  /** Whether the first page was loaded. */
  isLoaded: boolean;
  isLoading: boolean;
  /** Why the last request failed. */
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
 * Loads a list when the component appears and when its keys change. Responses of outdated requests are dropped.
 *
 * @param load requests one page; the first one without a cursor
 * @param keys what `load` depends on
 * @param idOf returns what identifies an item: one that a later page repeats is shown once
 * @param options `keepsItems`: the items of the earlier keys are shown until the new ones arrive
 */
export function usePages<Item, Response = Page<Item>>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Response & Page<Item>>,
  keys: readonly unknown[],
  idOf: (item: Item) => string,
  { keepsItems = true }: { keepsItems?: boolean } = {},
): Pages<Item, Response & Page<Item>> {
  const [state, setState] = useState<State<Item, Response & Page<Item>>>({ items: [], isLoading: true });
  const latestLoad = useRef(load);
  latestLoad.current = load;
  const current = useRef(state);
  current.current = state;
  const controller = useRef<AbortController>(undefined);
  /** Counts the changes of the items by `update`. */
  const changes = useRef(0);

  const set = (change: Partial<State<Item, Response & Page<Item>>>): void => {
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
      let items: readonly Item[] = [];
      let cursor = from;
      let response: Response & Page<Item>;
      let pages = 0;
      do {
        response = await latestLoad.current(cursor, signal);
        if (signal.aborted) return;
        items = withPage(items, response.items, idOf);
        cursor = response.nextCursor ?? undefined;
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
    if (!keepsItems) {
      current.current = { items: [], isLoading: true };
      setState(current.current);
    }
    void fetchPages(undefined, 0);
    return () => controller.current?.abort();
  }, keys);

  const cursor = state.response?.nextCursor ?? undefined;
  return {
    items: state.items,
    idOf,
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

/**
 * Loads a list of an endpoint as `usePages` does, again when the input changes; then the items of the earlier input are dropped.
 *
 * @param onPage called with each page
 */
export function useEndpointPages<E extends AnyEndpoint>(
  endpoint: E,
  input: CallInput<E>,
  idOf: (item: ItemOf<E>) => string,
  onPage: (page: Answer<E>) => void = () => {},
): Pages<ItemOf<E>, Answer<E> & Page<ItemOf<E>>> {
  const { client } = useWorkspace();
  return usePages<ItemOf<E>, Answer<E> & Page<ItemOf<E>>>(
    async (cursor, signal) => {
      const page = await fetchPage(client, endpoint, input, { cursor, signal });
      if (!signal.aborted) onPage(page);
      return page;
    },
    [JSON.stringify([endpoint.path, input])],
    idOf,
    { keepsItems: false },
  );
}

/** An item of a list of the server. */
type ItemOf<E extends AnyEndpoint> = Answer<E> extends Page<infer Item> ? Item : never;

/** Calls a list with a cursor. Types cannot express that every list accepts one. */
const fetchPage = <E extends AnyEndpoint>(
  { call }: ParleyClient,
  endpoint: E,
  input: CallInput<E>,
  { cursor, signal }: { cursor: string | undefined; signal: AbortSignal },
): Promise<Answer<E> & Page<ItemOf<E>>> => {
  const { query, ...rest } = input as { query?: object };
  const withCursor = { ...rest, query: { ...query, ...pageQuery(cursor) }, signal };
  return (call as (endpoint: E, input: CallInput<E>) => Promise<Answer<E> & Page<ItemOf<E>>>)(
    endpoint,
    withCursor as unknown as CallInput<E>,
  );
};

/** Returns the part of a query that requests a page. */
export const pageQuery = (cursor: string | undefined): { cursor?: string } =>
  cursor === undefined ? {} : { cursor };

/** Returns a function that replaces an item of a list by its id, for `Pages.update`. */
export const replaceById =
  <Item extends { id: string }>(changed: Item) =>
  (items: readonly Item[]): readonly Item[] =>
    items.map((item) => (item.id === changed.id ? changed : item));

/** Returns a function that removes an item of a list by its id, for `Pages.update`. */
export const removeById =
  <Item extends { id: string }>(id: string) =>
  (items: readonly Item[]): readonly Item[] =>
    items.filter((item) => item.id !== id);
