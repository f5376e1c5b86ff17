import { type ComponentChildren, render } from "preact";

const open = new Set<() => void>();

/**
 * Shows something over the page, in an element of its own, until it calls `close`.
 *
 * @param content what is shown
 * @param onClosed called once it is removed, also by `closeOverlays`
 */
export function showOverlay(
  content: (close: () => void) => ComponentChildren,
  onClosed: () => void = () => {},
): void {
  const host = document.createElement("div");
  const close = (): void => {
    if (!open.delete(close)) return;
    // A dialog returns the focus when it is closed, not when it is removed.
    host.querySelector("dialog")?.close();
    render(null, host);
    host.remove();
    onClosed();
  };
  open.add(close);
  document.body.append(host);
  render(content(close), host);
}

/** Removes all that is over the page: it may show what only the user of the session may see. */
export function closeOverlays(): void {
  for (const close of open) close();
}
