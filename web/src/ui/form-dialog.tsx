import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useId } from "../lib/use-id.ts";
import { ParleyError } from "../../../src/client/index.ts";
import { BusyContent } from "./action-button.tsx";
import { Dialog } from "./dialog.tsx";
import { textBesideFields } from "./rejected-fields.ts";

interface FormContent {
  /** Returns what the server rejects about a field, by the field's path in the request. The field shows it. */
  errorOf: (path: string) => string | undefined;
  isBusy: boolean;
}

interface FormDialogProps {
  title: string;
  /** The label of the button that sends the form. */
  action: string;
  isDisabled?: boolean;
  isWide?: boolean;
  /** Sends the form. The dialog closes when it resolves, and shows why it rejects. */
  onSubmit: () => Promise<unknown>;
  onClose: () => void;
  /** Further buttons, before the others. */
  buttons?: ComponentChildren;
  children: (content: FormContent) => ComponentChildren;
}

/** A dialog with a form. Errors of the server are shown beside the fields that ask for them, all others below the fields. */
export function FormDialog(props: FormDialogProps) {
  const { title, action, isDisabled = false, isWide = false, onSubmit, onClose, buttons, children } = props;
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const formId = useId();
  const isBlocked = isDisabled || isBusy;
  const submit = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      await onSubmit();
      onClose();
    } catch (error) {
      setFailure(error);
      setBusy(false);
      // Anything else is a defect.
      if (!(error instanceof ParleyError)) throw error;
    }
  };
  const issues = failure instanceof ParleyError ? failure.issues : [];
  const shownPaths = new Set<string>();
  const content = children({
    isBusy,
    errorOf: (path) => {
      shownPaths.add(path);
      return issues.find((issue) => issue.path === path)?.message;
    },
  });
  const text = failure === undefined ? undefined : textBesideFields(failure, shownPaths);
  return (
    <Dialog
      title={title}
      isWide={isWide}
      onClose={onClose}
      footer={
        <>
          {buttons}
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            form={formId}
            class="button primary"
            aria-disabled={isBlocked}
            aria-busy={isBusy}
          >
            <BusyContent isBusy={isBusy}>{action}</BusyContent>
          </button>
        </>
      }
    >
      <form
        id={formId}
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBlocked) void submit();
        }}
      >
        {content}
        {text !== undefined && (
          <p class="error-text" role="alert">
            {text}
          </p>
        )}
      </form>
    </Dialog>
  );
}
