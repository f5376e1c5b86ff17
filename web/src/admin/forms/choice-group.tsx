import type { ComponentChildren } from "preact";
import { useId } from "../../lib/use-id.ts";

/** One of several values that can be chosen. */
export interface Choice<Value extends string> {
  value: Value;
  label: string;
  hint?: ComponentChildren;
}

interface GroupProps<Value extends string> {
  legend: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  choices: readonly Choice<Value>[];
}

interface CheckGroupProps<Value extends string> extends GroupProps<Value> {
  value: readonly Value[];
  onChange: (value: Value[]) => void;
  /** Whether the boxes are arranged in columns, for short labels. */
  isCompact?: boolean;
}

/** Boxes of which any number can be checked. */
export const CheckGroup = <Value extends string>({
  value,
  onChange,
  isCompact = false,
  ...group
}: CheckGroupProps<Value>) => (
  <Group {...group} isCompact={isCompact}>
    {(choice) => (
      <input
        type="checkbox"
        checked={value.includes(choice)}
        onChange={(event) =>
          onChange(
            event.currentTarget.checked ? [...value, choice] : value.filter((chosen) => chosen !== choice),
          )
        }
      />
    )}
  </Group>
);

interface RadioGroupProps<Value extends string> extends GroupProps<Value> {
  value: Value;
  onChange: (value: Value) => void;
}

/** A choice of one of a few values that need an explanation; `Select` is for others. */
export function RadioGroup<Value extends string>({ value, onChange, ...group }: RadioGroupProps<Value>) {
  const name = useId();
  return (
    <Group {...group}>
      {(choice) => (
        <input type="radio" name={name} checked={value === choice} onChange={() => onChange(choice)} />
      )}
    </Group>
  );
}

function Group<Value extends string>({
  legend,
  hint,
  error,
  choices,
  isCompact = false,
  children,
}: GroupProps<Value> & { isCompact?: boolean; children: (value: Value) => ComponentChildren }) {
  const noteId = useId();
  return (
    <fieldset class="choice-group field" aria-describedby={noteId} aria-invalid={error !== undefined}>
      <legend class="label">{legend}</legend>
      <div class={isCompact ? "choice-columns" : "stack tight"}>
        {choices.map(({ value, label, hint: choiceHint }) => (
          <label key={value} class="check">
            {children(value)}
            <span>
              {label}
              {choiceHint && <span class="muted small"> {choiceHint}</span>}
            </span>
          </label>
        ))}
      </div>
      <div id={noteId}>
        {error ? <span class="error">{error}</span> : hint && <span class="hint">{hint}</span>}
      </div>
    </fieldset>
  );
}
