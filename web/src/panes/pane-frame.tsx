import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { closePane } from "../router.ts";
import { IconButton } from "../ui/icon.tsx";
import { rememberFocus } from "../ui/return-focus.ts";

interface PaneFrameProps {
  title: string;
  /** What is shown beside the title. */
  subtitle?: ComponentChildren;
  /** Buttons before the one that closes the pane. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of a pane. It receives the focus when it opens, and returns it when it closes. */
export function PaneFrame({ title, subtitle, actions, children }: PaneFrameProps) {
  const element = useRef<HTMLElement>(null);
  // Before a field of the pane receives the focus.
  const [returnFocus] = useState(rememberFocus);
  useEffect(() => {
    const pane = element.current;
    if (!pane?.contains(document.activeElement)) pane?.focus();
    return returnFocus;
  }, []);
  return (
    <aside ref={element} class="pane" aria-label={title} tabIndex={-1}>
      <header class="view-header">
        <div class="grow row pane-title">
          <h2 class="truncate">{title}</h2>
          {subtitle}
        </div>
        {actions}
        <IconButton icon="close" label="Close" onClick={closePane} />
      </header>
      {children}
    </aside>
  );
}
