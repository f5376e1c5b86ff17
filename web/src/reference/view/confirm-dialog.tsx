import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useId } from "../../lib/use-id.ts";

interface ConfirmDialogProps {
  title: string;
  text: string;
  confirmLabel: string;
  onConfirm: () => void;
  onCancel: () => void;
}

/** A modal dialog that asks before a request deletes something. Escape cancels. It is open as long as it is rendered. */
export function ConfirmDialog({ title, text, confirmLabel, onConfirm, onCancel }: ConfirmDialogProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const close = (result: "confirm" | "cancel"): void => dialog.current?.close(result);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onClose={({ currentTarget }) => (currentTarget.returnValue === "confirm" ? onConfirm() : onCancel())}
    >
      <h2 id={`${id}-title`}>{title}</h2>
      <p id={`${id}-text`}>{text}</p>
      <div class="actions">
        <button type="button" onClick={() => close("cancel")}>
          Cancel
        </button>
        <button type="button" class="danger" onClick={() => close("confirm")}>
          {confirmLabel}
        </button>
      </div>
    </dialog>
  );
}
