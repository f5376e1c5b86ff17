import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** The ids of the open modal dialogs; the last one is on top. Only what is inside it can be used: the browser makes the rest of the page inert. */
export const openDialogs = signal<readonly string[]>([]);

/**
 * Lists a modal dialog as open, as long as the component exists.
 *
 * @param isOpen false while a dialog that stays in the document is closed
 */
export function useOpenDialog(id: string, isOpen = true): void {
  useEffect(() => {
    if (!isOpen) return undefined;
    openDialogs.value = [...openDialogs.peek(), id];
    return () => {
      openDialogs.value = openDialogs.peek().filter((open) => open !== id);
    };
  }, [isOpen]);
}
