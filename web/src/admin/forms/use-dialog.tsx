import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";

/** The dialog of a page, of which there is one at a time. */
export interface DialogHost {
  /** The open dialog, for the page to render. */
  shown: ComponentChild;
  /** Opens a dialog in place of the present one. */
  open: (render: (close: () => void) => ComponentChild) => void;
}

export function useDialog(): DialogHost {
  const [shown, setShown] = useState<ComponentChild>(null);
  const close = (): void => setShown(null);
  return { shown, open: (render) => setShown(render(close)) };
}
