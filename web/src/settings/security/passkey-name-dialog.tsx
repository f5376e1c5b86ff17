import { useState } from "preact/hooks";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";

interface PasskeyNameDialogProps {
  title: string;
  action: string;
  /** The name at first. */
  name: string;
  onSubmit: (name: string) => Promise<unknown>;
  onClose: () => void;
}

/** Asks for the name of a passkey. */
export function PasskeyNameDialog(props: PasskeyNameDialogProps) {
  const { title, action, onSubmit, onClose } = props;
  const [name, setName] = useState(props.name);
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        action={action}
        onSubmit={() => onSubmit(name)}
        buttons={
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        }
      >
        {(errorOf) => (
          <TextField
            label="Name"
            hint="For your list: for example, the device that has it."
            value={name}
            onValue={setName}
            error={errorOf("name")}
            required
            autoFocus
            maxLength={80}
            autocomplete="off"
          />
        )}
      </Form>
    </Dialog>
  );
}
