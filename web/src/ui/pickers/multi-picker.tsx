import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useId } from "../../lib/use-id.ts";
import { Icon } from "../icon.tsx";
import { errorText } from "../toasts.tsx";
import { PickerPopover } from "./picker-popover.tsx";

/** Something that can be chosen. */
export interface PickerOption {
  id: string;
  label: string;
  /** What distinguishes it from others with the same label. */
  hint?: string;
  picture?: ComponentChildren;
}

interface MultiPickerProps {
  label: string;
  /** What the input shows while it is empty. */
  placeholder: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  /** How many may be chosen; with 1 the input disappears while there is a choice. */
  max?: number;
  selected: readonly PickerOption[];
  onChange: (ids: string[]) => void;
  /** Finds the options for a text; all, or the first of all, for an empty one. */
  search: (text: string, signal: AbortSignal) => Promise<readonly PickerOption[]>;
}

/** How long after the last keystroke the options are searched, in ms. */
const searchDelayMs = 150;

type Found =
  | { state: "searching" | "found"; options: readonly PickerOption[] }
  | { state: "failed"; options: readonly PickerOption[]; error: unknown };

/**
 * A choice of several options by their names: an input with a list below it (WAI-ARIA combobox), and the chosen options above it. The arrow keys
 * move in the list, Enter chooses, Escape closes the list, and the backspace key in an empty input removes the last choice.
 */
export function MultiPicker(props: MultiPickerProps) {
  const {
    label,
    placeholder,
    hint,
    error,
    max = Number.POSITIVE_INFINITY,
    selected,
    onChange,
    search,
  } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const found = useSearch(search, text, isOpen);
  const chosenIds = new Set(selected.map((option) => option.id));
  const options = found.options.filter((option) => !chosenIds.has(option.id));
  const [active, setActive] = useState(0);
  const current = Math.min(active, options.length - 1);
  useEffect(
    () => document.getElementById(`${id}-${current}`)?.scrollIntoView({ block: "nearest" }),
    [current],
  );
  const wasRemoved = useRef(false);
  useEffect(() => {
    // The button that had the focus no longer exists.
    if (wasRemoved.current) input.current?.focus();
    wasRemoved.current = false;
  }, [selected]);

  const choose = (option: PickerOption | undefined): void => {
    if (!option) return;
    onChange([...chosenIds, option.id]);
    setText("");
    setActive(0);
    setOpen(false);
  };
  const remove = (removedId: string): void => {
    wasRemoved.current = true;
    onChange([...chosenIds].filter((chosenId) => chosenId !== removedId));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive(isOpen ? (current + step + options.length) % Math.max(1, options.length) : 0);
      setOpen(true);
    } else if (event.key === "Enter") {
      // Enter chooses, and never submits the form around the picker.
      if (isOpen) choose(options[current]);
    } else if (event.key === "Escape" && isOpen) {
      setOpen(false);
      event.stopPropagation();
    } else if (event.key === "Backspace" && text === "" && selected.length > 0) {
      remove(selected.at(-1)?.id ?? "");
    } else return;
    event.preventDefault();
  };

  const status = statusOf(found, options.length);
  return (
    <div class="field picker">
      <label for={id}>{label}</label>
      {selected.length > 0 && (
        <ul class="picker-chosen" aria-label={`${label}: chosen`}>
          {selected.map((option) => (
            <Chosen key={option.id} option={option} onRemove={() => remove(option.id)} />
          ))}
        </ul>
      )}
      {selected.length < max && (
        <input
          ref={input}
          id={id}
          class="input"
          type="text"
          role="combobox"
          autocomplete="off"
          placeholder={placeholder}
          aria-autocomplete="list"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-activedescendant={isOpen && options[current] ? `${id}-${current}` : undefined}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-note`}
          value={text}
          onFocus={() => setOpen(true)}
          onClick={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setActive(0);
            setOpen(true);
          }}
          onKeyDown={onKeyDown}
        />
      )}
      {isOpen && input.current && (
        <PickerPopover below={input.current}>
          <div id={`${id}-list`} role="listbox" aria-label={label}>
            {options.map((option, at) => (
              <div
                key={option.id}
                id={`${id}-${at}`}
                role="option"
                aria-selected={at === current}
                class="menu-item"
                onMouseMove={() => setActive(at)}
                onClick={() => choose(option)}
              >
                <OptionText option={option} />
              </div>
            ))}
          </div>
          {status !== "" && (
            <div class="picker-status muted" aria-hidden="true">
              {status}
            </div>
          )}
        </PickerPopover>
      )}
      <div class="visually-hidden" role="status">
        {isOpen && status}
      </div>
      <div id={`${id}-note`}>
        {error ? <span class="error">{error}</span> : hint && <span class="hint">{hint}</span>}
      </div>
    </div>
  );
}

function Chosen({ option, onRemove }: { option: PickerOption; onRemove: () => void }) {
  return (
    <li class="picker-chip">
      <OptionText option={{ ...option, hint: "" }} />
      <button type="button" class="picker-remove" aria-label={`Remove ${option.label}`} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </li>
  );
}

const OptionText = ({ option: { label, hint, picture } }: { option: PickerOption }) => (
  <>
    {picture}
    <span class="truncate" dir="auto">
      {label}
    </span>
    {hint && <span class="muted small truncate">{hint}</span>}
  </>
);

function statusOf(found: Found, count: number): string {
  if (found.state === "failed") return errorText(found.error);
  if (count > 0) return "";
  return found.state === "searching" ? "Searching …" : "Nothing matches.";
}

/** Searches while the list is open. The options of the previous text stay until the new ones are known. */
function useSearch(search: MultiPickerProps["search"], text: string, isOpen: boolean): Found {
  const [found, setFound] = useState<Found>({ state: "searching", options: [] });
  const latest = useRef(search);
  latest.current = search;
  useEffect(() => {
    if (!isOpen) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    setFound(({ options }) => ({ state: "searching", options }));
    const timer = setTimeout(
      () =>
        void latest.current(text.trim(), signal).then(
          (options) => !signal.aborted && setFound({ state: "found", options }),
          (error: unknown) => !signal.aborted && setFound({ state: "failed", options: [], error }),
        ),
      text === "" ? 0 : searchDelayMs,
    );
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [text, isOpen]);
  return found;
}
