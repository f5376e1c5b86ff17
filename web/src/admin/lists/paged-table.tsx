import type { ComponentChildren } from "preact";
import { ErrorNotice, Spinner } from "../../ui/states.tsx";
import type { Pages } from "../../ui/use-pages.ts";
import { BusyButton } from "../forms/busy-button.tsx";
import { CardTable, type CardTableProps } from "./card-table.tsx";

interface PagedTableProps<Item> extends Omit<CardTableProps<Item>, "items" | "keyOf" | "isLoading"> {
  from: Pages<Item, unknown>;
  /** What is shown in place of the table while there are no items. */
  empty: ComponentChildren;
}

/** A table of a list that is loaded page by page. */
export function PagedTable<Item>({ from, empty, ...table }: PagedTableProps<Item>) {
  const { items, idOf, isLoaded, error, isLoading, hasMore, loadMore, reload } = from;
  if (!isLoaded) return isLoading ? <Spinner /> : <ErrorNotice error={error} onRetry={reload} />;
  if (items.length === 0 && error === undefined) return <>{empty}</>;
  return (
    <div class="stack">
      <CardTable {...table} items={items} keyOf={idOf} isLoading={isLoading} />
      {error !== undefined && <ErrorNotice error={error} onRetry={hasMore ? loadMore : reload} />}
      {hasMore && (
        <div>
          <BusyButton isBusy={isLoading} onClick={loadMore}>
            Show more
          </BusyButton>
        </div>
      )}
    </div>
  );
}
