import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useId } from "../../lib/use-id.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { BusyButton } from "./busy-button.tsx";
import type { Submission } from "./use-submit.ts";

interface FormDialogProps {
  title: string;
  /** The label of the button that submits the form. */
  action: string;
  isDanger?: boolean;
  /** Whether the form can't be submitted yet. */
  isIncomplete?: boolean;
  submission: Submission;
  /** What the submission does. */
  onSubmit: () => Promise<unknown>;
  onClose: () => void;
  children: ComponentChildren;
}

/** A dialog with a form. It stays open while the server rejects what was entered. */
export function FormDialog({
  title,
  action,
  isDanger = false,
  isIncomplete = false,
  submission,
  onSubmit,
  onClose,
  children,
}: FormDialogProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const { isBusy, error, submit } = submission;
  // The dialog itself gives the focus to its button for closing.
  useEffect(() => form.current?.querySelector<HTMLElement>("input, select, textarea")?.focus(), []);
  useEffect(() => {
    // After a rejection the first wrong field has the focus.
    if (!isBusy) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [isBusy]);
  const close = (): void => {
    if (!isBusy) onClose();
  };
  const footer = (
    <>
      <button type="button" class="button" onClick={close}>
        Cancel
      </button>
      <BusyButton
        type="submit"
        form={id}
        kind={isDanger ? "danger" : "primary"}
        isBusy={isBusy}
        isDisabled={isIncomplete}
      >
        {action}
      </BusyButton>
    </>
  );
  return (
    <Dialog title={title} onClose={close} footer={footer}>
      <form
        ref={form}
        id={id}
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(onSubmit);
        }}
      >
        {children}
        {error !== undefined && (
          <div class="notice error" role="alert">
            {error}
          </div>
        )}
      </form>
    </Dialog>
  );
}
