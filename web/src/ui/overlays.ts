import { type ComponentChildren, render } from "preact";

const open = new Set<() => void>();

interface OverlayOptions<Result> {
  /** The element that contains the overlay. */
  parent?: Element;
  /**
   * Called once the overlay is removed, with what its content gave to `close`, or undefined by `closeOverlays`. `hadFocus`: whether the focus was in
   * the overlay, or nowhere.
   */
  onClosed?: (result: Result | undefined, hadFocus: boolean) => void;
}

/** Renders an overlay, such as a dialog, in a separate element above the page, until its content calls `close`. */
export function showOverlay<Result>(
  content: (close: (result?: Result) => void) => ComponentChildren,
  { parent = document.body, onClosed }: OverlayOptions<Result> = {},
): void {
  const host = document.createElement("div");
  const close = (result?: Result): void => {
    if (!open.delete(close)) return;
    const hadFocus = host.contains(document.activeElement) || document.activeElement === document.body;
    // A dialog returns the focus when it is closed, not when it is removed.
    host.querySelector("dialog")?.close();
    render(null, host);
    host.remove();
    onClosed?.(result, hadFocus);
  };
  open.add(close);
  parent.append(host);
  render(content(close), host);
}

/** Removes all overlays, because they may show what only the user of the session may see. */
export function closeOverlays(): void {
  for (const close of open) close();
}
