import type { ComponentChildren, InputHTMLAttributes, TextareaHTMLAttributes } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useId } from "../lib/use-id.ts";

interface CommonProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  value?: string;
  name?: string;
  placeholder?: string;
  minLength?: number;
  maxLength?: number;
  required?: boolean;
  disabled?: boolean;
  readOnly?: boolean;
  autoFocus?: boolean;
  /** The kind of data, for the browser's own suggestions. */
  autocomplete?: string;
  onValue?: (value: string) => void;
}

interface InputProps extends CommonProps {
  type?: "text" | "email" | "password" | "url" | "number" | "date" | "time" | "datetime-local" | "search";
  inputMode?: "text" | "numeric" | "email" | "url";
  min?: string | number;
  max?: string | number;
  pattern?: string;
  spellcheck?: boolean;
  autocapitalize?: "none" | "words";
  /** A button beside the field that belongs to it. */
  button?: ComponentChildren;
}

/**
 * The last values of fields with a date. Without a bound, browsers accept years of six digits, which `Date` does not parse and the server rejects.
 */
const lastDates: Partial<Record<string, string>> = {
  date: "9999-12-31",
  "datetime-local": "9999-12-31T23:59",
};

/** A text field with its label, a hint and an error. */
export function TextField({ label, hint, error, onValue, button, ...input }: InputProps) {
  const id = useId();
  const element = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Browsers apply the attribute only while they load a page.
    if (input.autoFocus) element.current?.focus();
  }, []);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="input-row">
        <input
          ref={element}
          max={lastDates[input.type ?? "text"]}
          {...(input as InputHTMLAttributes<HTMLInputElement>)}
          id={id}
          class="input"
          aria-invalid={error !== undefined}
          aria-describedby={hint || error ? `${id}-note` : undefined}
          onInput={(event) => onValue?.(event.currentTarget.value)}
        />
        {button}
      </div>
      <Note id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}

interface AreaProps extends CommonProps {
  rows?: number;
}

/** A text area with its label, a hint and an error. */
export function TextArea({ label, hint, error, onValue, ...area }: AreaProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        {...(area as TextareaHTMLAttributes<HTMLTextAreaElement>)}
        id={id}
        class="input"
        aria-invalid={error !== undefined}
        aria-describedby={hint || error ? `${id}-note` : undefined}
        onInput={(event) => onValue?.(event.currentTarget.value)}
      />
      <Note id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}

interface SelectProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onValue: (value: Value) => void;
  hint?: ComponentChildren;
  error?: string | undefined;
  isDisabled?: boolean;
  /** Hides the label from view; it stays the name of the field. */
  isCompact?: boolean;
}

/** A choice of one of several options, as a list that opens. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const { label, value, options, onValue, hint, error, isDisabled = false, isCompact = false } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={isCompact ? "visually-hidden" : undefined}>
        {label}
      </label>
      <select
        id={id}
        class="input"
        value={value}
        disabled={isDisabled}
        aria-invalid={error !== undefined}
        aria-describedby={hint || error ? `${id}-note` : undefined}
        onChange={(event) => onValue(event.currentTarget.value as Value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Note id={`${id}-note`} hint={hint} error={error} />
    </div>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string; hint?: ComponentChildren }[];
  onValue: (value: Value) => void;
}

/** A choice of one of a few options, all of which are visible. */
export function Choice<Value extends string>({ label, value, options, onValue }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option.value} class="check">
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => onValue(option.value)}
          />
          <span>
            {option.label}
            {option.hint && <span class="muted small choice-hint">{option.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** A box that is checked or not. */
export function Check({
  label,
  hint,
  isChecked,
  onChange,
  isDisabled = false,
}: {
  label: ComponentChildren;
  hint?: ComponentChildren;
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
  isDisabled?: boolean;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isChecked}
        disabled={isDisabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {label}
        {hint && <span class="muted small choice-hint">{hint}</span>}
      </span>
    </label>
  );
}

const Note = ({ id, hint, error }: { id: string; hint: ComponentChildren; error: string | undefined }) => (
  <div id={id}>
    {error ? <span class="error">{error}</span> : hint ? <span class="hint">{hint}</span> : null}
  </div>
);
