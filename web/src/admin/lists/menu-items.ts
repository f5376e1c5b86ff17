import type { MenuItem } from "../../ui/menu.tsx";

/** The menu of a row. */
export type MenuItems = (MenuItem | "separator")[];

/** Makes the menu of a row of the items that apply, without separators at its ends and beside others. */
export function menuItems(...items: readonly (MenuItem | "separator" | false)[]): MenuItems {
  const applicable = items.filter((item) => item !== false);
  return applicable.filter((item, at) => {
    if (item !== "separator") return true;
    const next = applicable[at + 1];
    return at > 0 && next !== undefined && next !== "separator";
  });
}
