import type { ComponentChildren } from "preact";
import { ErrorNotice, Spinner } from "./states.tsx";
import type { Pages } from "./use-pages.ts";

interface PagedListProps<Item> {
  from: Pages<Item, unknown>;
  /** The name of the list for screen readers. */
  label: string;
  /** What is shown when there is nothing. */
  empty: ComponentChildren;
  /** Shows one item. */
  children: (item: Item) => ComponentChildren;
}

/** Shows a list that is loaded page by page: that it is loading, why that failed, that it is empty, and a button for the next page. */
export function PagedList<Item>({ from, label, empty, children }: PagedListProps<Item>) {
  const { items, idOf, isLoaded, isLoading, error, hasMore, loadMore, reload } = from;
  if (!isLoaded) return isLoading ? <Spinner /> : <ErrorNotice error={error} onRetry={reload} />;
  if (items.length === 0 && !hasMore && !isLoading) return <>{empty}</>;
  return (
    <>
      <ul class="plain-list" aria-label={label} aria-busy={isLoading}>
        {items.map((item) => (
          <li key={idOf(item)}>{children(item)}</li>
        ))}
      </ul>
      {error !== undefined && !isLoading && (
        <ErrorNotice error={error} onRetry={hasMore ? loadMore : reload} />
      )}
      {hasMore && <ShowMore isLoading={isLoading} onClick={loadMore} />}
    </>
  );
}

/** The button below a list that loads its next page. */
export const ShowMore = ({ isLoading, onClick }: { isLoading: boolean; onClick: () => void }) => (
  <div class="show-more">
    <button type="button" class="button" disabled={isLoading} onClick={onClick}>
      {isLoading ? "Loading …" : "Show more"}
    </button>
  </div>
);
