import type { ComponentChildren } from "preact";
import { SidebarButton } from "../app/sidebar-button.tsx";
import type { View } from "../router.ts";
import { viewTitles } from "./view-titles.ts";

interface ViewPageProps {
  view: View;
  /** Buttons beside the title. */
  actions?: ComponentChildren;
  /** What stays below the title while the view scrolls, such as a search field. */
  toolbar?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of a view: its title, its buttons, and its scrolling content. */
export const ViewPage = ({ view, actions, toolbar, children }: ViewPageProps) => (
  <>
    <header class="view-header">
      <SidebarButton />
      <h1 class="grow truncate">{viewTitles[view]}</h1>
      {actions}
    </header>
    {toolbar && <div class="view-toolbar">{toolbar}</div>}
    <div class="view-body">
      <div class="page view-page">{children}</div>
    </div>
  </>
);

/** A search field, whose label is only for screen readers. */
export const SearchField = ({
  label,
  value,
  onValue,
}: {
  label: string;
  value: string;
  onValue: (value: string) => void;
}) => (
  <input
    class="input grow"
    type="search"
    aria-label={label}
    placeholder={label}
    autocomplete="off"
    maxLength={80}
    value={value}
    onInput={(event) => onValue(event.currentTarget.value)}
  />
);
