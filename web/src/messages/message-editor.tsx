import { useEffect, useRef, useState } from "preact/hooks";
import { type Message, updateMessage } from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";
import { errorText } from "../ui/toasts.tsx";

/** Edits the text of a message in its place. Enter saves, Escape cancels. */
export function MessageEditor({ message, onDone }: { message: Message; onDone: () => void }) {
  const { client } = useWorkspace();
  const [text, setText] = useState(message.content);
  const [error, setError] = useState<string | undefined>();
  const [isSaving, setSaving] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = area.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  const save = async (): Promise<void> => {
    if (text === message.content) return onDone();
    setSaving(true);
    setError(undefined);
    const { channelId, id: messageId, version } = message;
    try {
      // The version that the text is based on: an edit of another device is not overwritten unseen.
      await client.call(updateMessage, {
        params: { channelId, messageId },
        body: { content: text, expectedVersion: version },
      });
      onDone();
    } catch (failure) {
      setError(errorText(failure));
      setSaving(false);
    }
  };
  return (
    <form
      class="message-editor"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        ref={area}
        class="input"
        aria-label="Edit the message"
        dir="auto"
        rows={Math.min(12, text.split("\n").length + 1)}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.preventDefault();
            onDone();
          } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            void save();
          }
        }}
      />
      {error && (
        <p class="error-text" role="alert">
          {error}
        </p>
      )}
      <div class="row">
        <button
          type="submit"
          class="button primary"
          disabled={isSaving || (text.trim() === "" && message.files.length === 0)}
        >
          Save
        </button>
        <button type="button" class="button" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}
