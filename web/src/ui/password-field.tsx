import { useState } from "preact/hooks";
import { TextField } from "./field.tsx";

interface PasswordFieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  /** For password managers: the password of the account, or a new one that they may suggest. */
  kind: "current" | "new";
  name?: string;
  error?: string | undefined;
  autoFocus?: boolean;
  required?: boolean;
}

/** The limits of the contract. */
const length = { min: 8, max: 256 };
const newPasswordHint = "At least 8 characters. Several words are easy to remember and hard to guess.";

/** A field for a password, which can be shown. Which passwords are too weak is decided by the server. */
export function PasswordField({ kind, ...field }: PasswordFieldProps) {
  const [isShown, setShown] = useState(false);
  const verb = isShown ? "Hide" : "Show";
  return (
    <TextField
      name={`${kind}-password`}
      required
      {...field}
      {...(kind === "new" && { minLength: length.min, maxLength: length.max, hint: newPasswordHint })}
      type={isShown ? "text" : "password"}
      autocomplete={`${kind}-password`}
      autocapitalize="none"
      spellcheck={false}
      button={
        <button
          type="button"
          class="button"
          aria-label={`${verb}: ${field.label}`}
          onClick={() => setShown(!isShown)}
        >
          {verb}
        </button>
      }
    />
  );
}
