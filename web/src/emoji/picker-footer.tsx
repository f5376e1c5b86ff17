import { useState } from "preact/hooks";
import { useId } from "../lib/use-id.ts";
import { ChoicePicture } from "./emoji-grid-view.tsx";
import type { Choice } from "./emoji-sections.ts";
import { setSkinTone, skinTone, skinTones, withTone } from "./skin-tone.ts";

/** The emoji that shows the skin tones. */
const hand = "✋";

/** What Enter chooses, with its names, and the choice of the skin tone. */
export function PickerFooter({ choice }: { choice: Choice | undefined }) {
  const [isChoosing, setChoosing] = useState(false);
  const chosen = skinTones.find(({ tone }) => tone === skinTone.value) ?? skinTones[0];
  return (
    <div class="emoji-footer">
      {isChoosing ? (
        <ToneChoice onDone={() => setChoosing(false)} />
      ) : (
        <>
          <span class="emoji-preview" aria-hidden="true">
            {choice && <ChoicePicture choice={choice} />}
          </span>
          <span class="grow emoji-names" dir="auto">
            {choice && (
              <>
                <strong class="truncate">{choice.label}</strong>
                <span class="muted small truncate">{choice.names.map((name) => `:${name}:`).join(" ")}</span>
              </>
            )}
          </span>
        </>
      )}
      <button
        type="button"
        class="emoji-tone-button"
        aria-expanded={isChoosing}
        aria-label={`Skin tone: ${chosen.label}`}
        title="Skin tone"
        onClick={() => setChoosing(!isChoosing)}
      >
        {withTone(hand, skinTone.value)}
      </button>
    </div>
  );
}

function ToneChoice({ onDone }: { onDone: () => void }) {
  const name = useId();
  return (
    <fieldset class="emoji-tones grow">
      <legend class="visually-hidden">Skin tone</legend>
      {skinTones.map(({ tone, label }) => (
        <label key={tone} class="emoji-tone" title={label}>
          <input
            type="radio"
            class="visually-hidden"
            name={name}
            aria-label={label}
            checked={skinTone.value === tone}
            onChange={() => setSkinTone(tone)}
            onClick={(event) => {
              // Arrow keys click as well, and continue to another tone.
              if (event.detail === 0) return;
              setSkinTone(tone);
              onDone();
            }}
          />
          <span aria-hidden="true">{withTone(hand, tone)}</span>
        </label>
      ))}
    </fieldset>
  );
}
