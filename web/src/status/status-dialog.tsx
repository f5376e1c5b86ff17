import { useState } from "preact/hooks";
import { type ChosenPresence, getStatus, type Status, updateUserStatus } from "../../../src/client/index.ts";
import { Emoji } from "../emoji/emoji.tsx";
import { pickEmoji } from "../emoji/pick-emoji.tsx";
import { useWorkspace } from "../state/context.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Select, TextField } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { Load } from "../ui/states.tsx";
import { dateTime } from "../ui/time.tsx";
import { useLoad } from "../ui/use-load.ts";
import { expiries, expiryOf } from "./status-expiry.ts";

const presences: readonly { value: ChosenPresence; label: string }[] = [
  { value: "auto", label: "Automatic: online while you are here" },
  { value: "away", label: "Away" },
  { value: "dnd", label: "Do not disturb: notifications wait" },
  { value: "invisible", label: "Invisible: others see you as offline" },
];

/** The usual statuses, each with the time after which it is cleared. */
const suggestions = [
  { emoji: "📅", text: "In a meeting", expiry: "1h" },
  { emoji: "🍽️", text: "At lunch", expiry: "1h" },
  { emoji: "🏠", text: "Working from home", expiry: "today" },
  { emoji: "🤒", text: "Ill", expiry: "today" },
  { emoji: "🌴", text: "On holiday", expiry: "week" },
] as const;

/** Changes the presence and the status of the user. */
export function StatusDialog({ onClose }: { onClose: () => void }) {
  const { client } = useWorkspace();
  const status = useLoad((signal) => client.call(getStatus, { signal }), []);
  if (status.value) return <StatusForm status={status.value} onClose={onClose} />;
  return (
    <Dialog title="Your status" onClose={onClose}>
      <Load from={status}>{() => null}</Load>
    </Dialog>
  );
}

/** The value of the choice for an end that was set earlier. */
const keepExpiry = "keep";

function StatusForm({ status, onClose }: { status: Status; onClose: () => void }) {
  const workspace = useWorkspace();
  const { client, presence, me } = workspace;
  const [chosen, setChosen] = useState(status.presence);
  const [emoji, setEmoji] = useState(status.custom?.emoji ?? "");
  const [text, setText] = useState(status.custom?.text ?? "");
  const oldExpiry = status.custom?.expiresAt;
  const [expiry, setExpiry] = useState(oldExpiry === undefined ? "never" : keepExpiry);
  const store = async (custom: Status["custom"]): Promise<void> => {
    const stored = await client.call(updateUserStatus, { body: { presence: chosen, custom } });
    presence.putOwn(me.peek().id, stored);
  };
  const save = (): Promise<void> => {
    const expiresAt = expiry === keepExpiry ? oldExpiry : expiryOf(expiry, new Date())?.toISOString();
    return store(
      emoji === "" && text.trim() === ""
        ? null
        : {
            ...(emoji !== "" && { emoji }),
            ...(text.trim() !== "" && { text: text.trim() }),
            ...(expiresAt !== undefined && { expiresAt }),
          },
    );
  };
  const clear = async (): Promise<void> => {
    await store(null);
    onClose();
  };
  return (
    <FormDialog
      title="Your status"
      action="Save"
      onSubmit={save}
      onClose={onClose}
      buttons={status.custom && <ActionButton onAction={clear}>Clear the status</ActionButton>}
    >
      {({ errorOf }) => (
        <>
          <Select label="Presence" value={chosen} options={presences} onValue={setChosen} />
          <div class="status-fields">
            <div class="field">
              <span class="label">Emoji</span>
              <button
                type="button"
                class="button"
                aria-label={emoji === "" ? "Choose an emoji" : `Emoji: ${emoji}. Choose another`}
                onClick={(event) =>
                  void pickEmoji(event.currentTarget, workspace).then((picked) => picked && setEmoji(picked))
                }
              >
                {emoji === "" ? <Icon name="emoji" /> : <Emoji value={emoji} />}
              </button>
            </div>
            <TextField
              label="What you are doing"
              maxLength={100}
              autocomplete="off"
              value={text}
              onValue={setText}
              error={errorOf("custom.text")}
            />
          </div>
          {errorOf("custom.emoji") && (
            <p class="error-text" role="alert">
              {errorOf("custom.emoji")}
            </p>
          )}
          <div class="row wrap" role="group" aria-label="Suggestions">
            {emoji !== "" && (
              <button type="button" class="chip" onClick={() => setEmoji("")}>
                Without emoji
              </button>
            )}
            {suggestions.map((suggestion) => (
              <button
                key={suggestion.text}
                type="button"
                class="chip"
                onClick={() => {
                  setEmoji(suggestion.emoji);
                  setText(suggestion.text);
                  setExpiry(suggestion.expiry);
                }}
              >
                {suggestion.emoji} {suggestion.text}
              </button>
            ))}
          </div>
          <Select
            label="When it is cleared"
            value={expiry}
            options={[
              ...(oldExpiry === undefined ? [] : [{ value: keepExpiry, label: `On ${dateTime(oldExpiry)}` }]),
              ...expiries.map(({ key, label }) => ({ value: key, label })),
            ]}
            onValue={setExpiry}
          />
          {errorOf("custom.expiresAt") && (
            <p class="error-text" role="alert">
              {errorOf("custom.expiresAt")}
            </p>
          )}
        </>
      )}
    </FormDialog>
  );
}
