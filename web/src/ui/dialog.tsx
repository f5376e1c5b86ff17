import type { ComponentChildren } from "preact";
import { render } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./icon.tsx";
import { rememberFocus } from "./return-focus.ts";

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
    </dialog>
  );
}

interface Question {
  title: string;
  text: ComponentChildren;
  /** The label of the button that confirms. */
  action: string;
  isDanger?: boolean;
}

/** Asks the user to confirm. Resolves to false if they cancel. */
export function confirm({ title, text, action, isDanger = false }: Question): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const host = document.createElement("div");
  document.body.append(host);
  const close = (answer: boolean): void => {
    render(null, host);
    host.remove();
    resolve(answer);
  };
  const footer = (
    <>
      <button type="button" class="button" onClick={() => close(false)}>
        Cancel
      </button>
      <button type="button" class={`button ${isDanger ? "danger" : "primary"}`} onClick={() => close(true)}>
        {action}
      </button>
    </>
  );
  render(
    <Dialog title={title} onClose={() => close(false)} footer={footer}>
      {text}
    </Dialog>,
    host,
  );
  return promise;
}
