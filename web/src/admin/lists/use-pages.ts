import { useEffect, useRef, useState } from "preact/hooks";
import type { Page } from "../../../../src/client/index.ts";

/** A list that is loaded page by page. */
export interface Paged<Item> {
  /** The items of all loaded pages; undefined before the first one. */
  items: readonly Item[] | undefined;
  /** Why the last request failed. */
  error: unknown;
  /** Whether a request is in progress. */
  isLoading: boolean;
  hasMore: boolean;
  loadMore: () => void;
  /** Loads the first page again; the items stay visible meanwhile. */
  reload: () => void;
  /** Replaces the items, after a change of the user. */
  change: (update: (items: readonly Item[]) => readonly Item[]) => void;
}

interface State<Item> {
  items?: readonly Item[];
  cursor?: string | null;
  error?: unknown;
  isLoading: boolean;
}

/** Loads a list page by page: the first page when the component appears and when `keys` change. */
export function usePages<Item>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Item>>,
  keys: readonly unknown[],
): Paged<Item> {
  const [state, setState] = useState<State<Item>>({ isLoading: true });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const controller = useRef(new AbortController());

  /** Counts the changes of the user. */
  const version = useRef(0);

  const request = (cursor: string | undefined): void => {
    const { signal } = controller.current;
    const started = version.current;
    setState((current) => ({ ...current, error: undefined, isLoading: true }));
    latest.current(cursor, signal).then(
      ({ items, nextCursor }) => {
        if (signal.aborted) return;
        // A change that the user made meanwhile may be newer than the response.
        if (cursor === undefined && version.current !== started) return request(undefined);
        setState((current) => ({
          items: cursor === undefined ? items : [...(current.items ?? []), ...items],
          cursor: nextCursor,
          isLoading: false,
        }));
      },
      (error: unknown) => !signal.aborted && setState((current) => ({ ...current, error, isLoading: false })),
    );
  };
  useEffect(() => {
    const started = new AbortController();
    controller.current = started;
    request(undefined);
    return () => started.abort();
  }, [...keys, round]);

  return {
    items: state.items,
    error: state.error,
    isLoading: state.isLoading,
    hasMore: Boolean(state.cursor),
    loadMore: () => {
      if (!state.isLoading && state.cursor) request(state.cursor);
    },
    reload: () => setRound((before) => before + 1),
    change: (update) => {
      version.current++;
      setState((current) => ({ ...current, items: update(current.items ?? []) }));
    },
  };
}

/** Returns the part of a query that requests a page. */
export const pageQuery = (cursor: string | undefined): { cursor?: string } =>
  cursor === undefined ? {} : { cursor };

/** Returns a function that replaces an item of a list by its id, for `Paged.change`. */
export const replaceById =
  <Item extends { id: string }>(changed: Item) =>
  (items: readonly Item[]): readonly Item[] =>
    items.map((item) => (item.id === changed.id ? changed : item));

/** Returns a function that removes an item of a list by its id, for `Paged.change`. */
export const removeById =
  <Item extends { id: string }>(id: string) =>
  (items: readonly Item[]): readonly Item[] =>
    items.filter((item) => item.id !== id);
