import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useId } from "../lib/use-id.ts";
import { IconButton } from "./icon.tsx";
import { useOpenDialog } from "./open-dialogs.ts";
import { showOverlay } from "./overlays.ts";
import { rememberFocus } from "./return-focus.ts";
import { Toasts } from "./toasts.tsx";

interface DialogProps {
  title: string;
  /** Called when the user closes it: by its button, Escape, or a click beside it. */
  onClose: () => void;
  isWide?: boolean;
  footer?: ComponentChildren;
  children: ComponentChildren;
}

/** A modal dialog. The platform's element keeps the focus inside; it returns to where it was at the end. */
export function Dialog({ title, onClose, isWide = false, footer, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useOpenDialog(titleId);
  useEffect(() => {
    const returnFocus = rememberFocus();
    element.current?.showModal();
    return returnFocus;
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog ${isWide ? "wide" : ""}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={(event) => {
        // Browsers close a dialog at the second Escape, also if the event `cancel` is prevented each time.
        if (event.key !== "Escape" || event.defaultPrevented) return;
        if (element.current?.querySelector(":popover-open")) return;
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <header class="dialog-header">
        <h2 id={titleId} class="grow">
          {title}
        </h2>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div class="dialog-body">{children}</div>
      {footer && <footer class="dialog-footer">{footer}</footer>}
      <Toasts dialogId={titleId} />
    </dialog>
  );
}

/**
 * Shows a dialog until it calls `close`. It is not a part of the page, so that the request that it belongs to need not be rendered there.
 *
 * @param content the dialog; `close` removes it with a result
 * @returns the result; undefined if the user closed the dialog without one
 */
export function openDialog<Result>(
  content: (close: (result?: Result) => void) => ComponentChildren,
): Promise<Result | undefined> {
  const { promise, resolve } = Promise.withResolvers<Result | undefined>();
  showOverlay(content, { onClosed: resolve });
  return promise;
}

interface Question {
  title: string;
  text: ComponentChildren;
  /** The label of the button that confirms. */
  action: string;
  isDanger?: boolean;
}

/** Asks the user to confirm. Resolves to false if they cancel. */
export async function confirm({ title, text, action, isDanger = false }: Question): Promise<boolean> {
  const answer = await openDialog<boolean>((close) => {
    const footer = (
      <>
        <button type="button" class="button" onClick={() => close()}>
          Cancel
        </button>
        <button type="button" class={`button ${isDanger ? "danger" : "primary"}`} onClick={() => close(true)}>
          {action}
        </button>
      </>
    );
    return (
      <Dialog title={title} onClose={() => close()} footer={footer}>
        {text}
      </Dialog>
    );
  });
  return answer === true;
}
