import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { TextField } from "../../ui/field.tsx";
import { FormDialog } from "./form-dialog.tsx";
import { useSubmit } from "./use-submit.ts";

interface TypedConfirmProps {
  title: string;
  /** What is lost. */
  children: ComponentChildren;
  /** The text that the user types to confirm, such as a name. */
  expected: string;
  action: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/** Asks to confirm what can't be undone, by typing a name. */
export function TypedConfirm({ title, children, expected, action, onConfirm, onClose }: TypedConfirmProps) {
  const [text, setText] = useState("");
  const submission = useSubmit([]);
  return (
    <FormDialog
      title={title}
      action={action}
      isDanger
      isIncomplete={text.trim() !== expected}
      submission={submission}
      onSubmit={onConfirm}
      onClose={onClose}
    >
      {children}
      <TextField
        label={`Type “${expected}” to confirm`}
        value={text}
        onValue={setText}
        autocomplete="off"
        required
      />
    </FormDialog>
  );
}
