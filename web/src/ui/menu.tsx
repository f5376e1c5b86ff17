import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useId } from "../lib/use-id.ts";
import { Icon, type IconName } from "./icon.tsx";
import { placePopover } from "./place-popover.ts";

export interface MenuItem {
  label: string;
  icon?: IconName;
  /** Chooses the item; an item with `href` is a link instead. */
  onSelect?: () => void;
  href?: string;
  isDanger?: boolean;
  isChecked?: boolean;
}

interface MenuProps {
  /** The name of the menu and, without `children`, of the button. */
  label: string;
  items: readonly (MenuItem | "separator")[];
  icon?: IconName;
  buttonClass?: string;
  /** The content of the button; by default the icon. */
  children?: ComponentChildren;
}

/** A button that opens a menu (WAI-ARIA menu button): arrow keys move, Escape closes, a letter jumps. */
export function Menu({ label, items, icon = "more", buttonClass = "icon-button", children }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!isOpen || !menu.current || !button.current) return undefined;
    const element = menu.current;
    element.showPopover();
    placePopover(element, button.current.getBoundingClientRect());
    element.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    const onToggle = (event: Event): void => {
      if ((event as ToggleEvent).newState === "closed") setOpen(false);
    };
    element.addEventListener("toggle", onToggle);
    return () => element.removeEventListener("toggle", onToggle);
  }, [isOpen]);

  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={buttonClass}
        aria-label={children ? undefined : label}
        title={children ? undefined : label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        {children ?? <Icon name={icon} />}
      </button>
      {isOpen && (
        <div
          ref={menu}
          id={id}
          class="menu"
          role="menu"
          aria-label={label}
          popover="auto"
          onKeyDown={(event) => moveFocus(event, close)}
        >
          {items.map((item, at) =>
            item === "separator" ? (
              <hr key={at} class="menu-separator" />
            ) : (
              <Item key={item.label} item={item} onDone={close} />
            ),
          )}
        </div>
      )}
    </>
  );
}

function Item({ item, onDone }: { item: MenuItem; onDone: () => void }) {
  const { label, icon, onSelect, href, isDanger, isChecked } = item;
  const content = (
    <>
      {icon && <Icon name={icon} />}
      <span class="grow">{label}</span>
      {isChecked && <Icon name="check" />}
    </>
  );
  const classes = `menu-item ${isDanger ? "danger" : ""}`;
  if (href !== undefined)
    return (
      <a class={classes} role="menuitem" href={href} tabIndex={-1} onClick={onDone}>
        {content}
      </a>
    );
  return (
    <button
      type="button"
      class={classes}
      role={isChecked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={isChecked}
      tabIndex={-1}
      onClick={() => {
        onDone();
        onSelect?.();
      }}
    >
      {content}
    </button>
  );
}

function moveFocus(event: KeyboardEvent, close: () => void): void {
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role^=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
  if (event.key === "Escape" || event.key === "Tab") {
    event.stopPropagation();
    if (event.key === "Escape") event.preventDefault();
    close();
  } else if (event.key in next) {
    event.preventDefault();
    items.at((next[event.key] ?? 0) % items.length)?.focus();
  } else if (event.key.length === 1) {
    const following = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    following
      .find(({ textContent }) => textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))
      ?.focus();
  }
}
