import type { ComponentChildren } from "preact";
import { Menu } from "../../ui/menu.tsx";
import type { MenuItems } from "./menu-items.ts";

export interface Column<Item> {
  title: string;
  cell: (item: Item) => ComponentChildren;
}

export interface CardTableProps<Item> {
  /** The name of the table. */
  label: string;
  items: readonly Item[];
  columns: readonly Column<Item>[];
  keyOf: (item: Item) => string;
  /** The menu of a row; without items the row has none. */
  actions?: (item: Item) => MenuItems;
  /** What a row is about, for the name of its menu. */
  nameOf?: (item: Item) => string;
  /** Whether an action of the row is in progress. */
  isBusy?: (item: Item) => boolean;
  /** Whether the items are being loaded again. */
  isLoading?: boolean;
}

/** A table. On a phone each row is a card. The roles are repeated, because browsers remove those of elements that are not displayed as a table. */
export const CardTable = <Item,>(props: CardTableProps<Item>) => (
  <table class="table cards" role="table" aria-label={props.label} aria-busy={props.isLoading}>
    <thead role="rowgroup">
      <tr role="row">
        {props.columns.map(({ title }) => (
          <th key={title} role="columnheader" scope="col">
            {title}
          </th>
        ))}
        {props.actions && (
          <th role="columnheader" scope="col">
            <span class="visually-hidden">Actions</span>
          </th>
        )}
      </tr>
    </thead>
    <tbody role="rowgroup">
      {props.items.map((item) => (
        <Row key={props.keyOf(item)} item={item} {...props} />
      ))}
    </tbody>
  </table>
);

function Row<Item>({
  item,
  columns,
  actions,
  nameOf = () => "this row",
  isBusy = () => false,
}: CardTableProps<Item> & { item: Item }) {
  const menu = actions?.(item) ?? [];
  return (
    <tr role="row">
      {columns.map(({ title, cell }) => (
        <td key={title} role="cell" data-title={title}>
          {cell(item)}
        </td>
      ))}
      {actions && (
        <td role="cell" class="row-actions">
          {isBusy(item) ? (
            <span class="spinner" role="status" aria-label="In progress" />
          ) : (
            menu.length > 0 && <Menu label={`Actions for ${nameOf(item)}`} items={menu} />
          )}
        </td>
      )}
    </tr>
  );
}
