import { useState } from "preact/hooks";
import { useId } from "../lib/use-id.ts";
import { TextField } from "../ui/field.tsx";
import { dateTime } from "../ui/time.tsx";
import { type ChosenTime, localTimeText, timePresets } from "./time-presets.ts";

interface TimeChoiceProps {
  label: string;
  value: ChosenTime;
  onValue: (value: ChosenTime) => void;
  /** What the server rejects about the time. */
  error?: string | undefined;
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A choice of a time: one of the usual ones, or any other. */
export function TimeChoice({ label, value, onValue, error }: TimeChoiceProps) {
  const name = useId();
  // The times beside the presets stay as they were when the dialog was opened.
  const [now] = useState(() => new Date());
  const isCustom = value.key === "custom";
  const choice = (key: string, text: string, hint: string) => (
    <label class="check" key={key}>
      <input
        type="radio"
        name={name}
        checked={value.key === key}
        onChange={() => onValue({ ...value, key })}
      />
      <span class="grow">{text}</span>
      <span class="muted small">{hint}</span>
    </label>
  );
  return (
    <fieldset class="choices">
      <legend>{label}</legend>
      {timePresets(now).map((preset) =>
        choice(preset.key, preset.label, dateTime(preset.at(now).toISOString())),
      )}
      {choice("custom", "Another time", "")}
      {isCustom && (
        <TextField
          label="Date and time"
          type="datetime-local"
          required
          min={localTimeText(now)}
          value={value.custom}
          onValue={(custom) => onValue({ key: "custom", custom })}
          hint={`In the time zone of this device: ${zone}`}
          error={error}
        />
      )}
      {!isCustom && error && (
        <p class="error-text" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
