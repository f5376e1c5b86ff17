import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { limits } from "../../../src/client/index.ts";
import { pickEmoji } from "../emoji/pick-emoji.tsx";
import type { ChannelState } from "../state/channel.ts";
import { useWorkspace } from "../state/context.ts";
import type { OutgoingFile } from "../state/database.ts";
import { Icon, IconButton } from "../ui/icon.tsx";
import { showError, showToast } from "../ui/toasts.tsx";
import { scheduleMessage } from "../later/schedule.tsx";
import { AttachedFiles } from "./attached-files.tsx";
import { Suggestions, useSuggestions } from "./suggestions.tsx";
import { wrapSelection } from "./wrap-selection.ts";

interface ComposerProps {
  state: ChannelState;
  threadId?: string | null;
  placeholder: string;
  /** Why the user may not post; undefined if they may. */
  disabledReason?: string | undefined;
  /** Called for the arrow key up in an empty composer: the last own message is edited. */
  onEditLast?: () => void;
}

/** The field for a new message: text, files, suggestions. What it contains is a draft that survives a reload and other devices show. */
export function Composer({ state, threadId = null, placeholder, disabledReason, onEditLast }: ComposerProps) {
  const workspace = useWorkspace();
  const { drafts, outbox } = workspace;
  const channelId = state.id;
  const draft = drafts.get(channelId, threadId).value;
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [alsoInChannel, setAlsoInChannel] = useState(false);
  const suggestions = useSuggestions(workspace, { area, setText: (text) => setContent(text) });
  const { content, files } = draft;
  const length = [...content].length;
  const isTooLong = length > limits.contentLength;
  const isEmpty = content.trim() === "" && files.length === 0;

  const setContent = (text: string): void => {
    drafts.setContent(channelId, threadId, text);
    if (text !== "") state.room.peek()?.typing(threadId ?? undefined);
  };
  const addFiles = (added: readonly File[]): void => {
    const all = [
      ...files,
      ...added.map((file): OutgoingFile => ({ name: file.name, bytes: file, uploaded: null })),
    ];
    if (all.length > limits.filesOfMessage)
      showToast(`A message has at most ${limits.filesOfMessage} files`, { isError: true });
    drafts.setFiles(channelId, threadId, all.slice(0, limits.filesOfMessage));
    area.current?.focus();
  };
  const send = (): void => {
    if (isEmpty || isTooLong) return;
    void outbox.add({ channelId, threadId, alsoInChannel, content, files }).catch(showError);
    drafts.clear(channelId, threadId);
    setAlsoInChannel(false);
    suggestions.close();
  };

  useFilesFromPage(addFiles, threadId !== null);
  useAutoHeight(area, content);
  useEffect(() => {
    // On a phone the focus would open the keyboard.
    if (matchMedia("(pointer: fine)").matches) area.current?.focus();
  }, [channelId, threadId]);

  if (disabledReason) return <p class="composer-disabled muted">{disabledReason}</p>;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Suggestions suggestions={suggestions} />
      <div class={`composer-box ${isTooLong ? "too-long" : ""}`}>
        <AttachedFiles files={files} onChange={(changed) => drafts.setFiles(channelId, threadId, changed)} />
        <textarea
          ref={area}
          class="composer-text"
          dir="auto"
          rows={1}
          aria-label={placeholder}
          aria-controls={suggestions.isOpen ? suggestions.listId : undefined}
          aria-activedescendant={suggestions.activeId}
          aria-autocomplete="list"
          placeholder={placeholder}
          value={content}
          onInput={(event) => {
            setContent(event.currentTarget.value);
            suggestions.update();
          }}
          onClick={suggestions.update}
          onBlur={suggestions.close}
          onPaste={(event) => {
            const pasted = [...(event.clipboardData?.files ?? [])];
            if (pasted.length === 0) return;
            event.preventDefault();
            addFiles(pasted);
          }}
          onKeyDown={(event) => {
            if (suggestions.onKeyDown(event)) return;
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
              event.preventDefault();
              send();
            } else if (event.key === "ArrowUp" && content === "" && !event.shiftKey && !event.altKey) {
              event.preventDefault();
              onEditLast?.();
            } else if (wrapSelection(event)) setContent(event.currentTarget.value);
          }}
        />
        <div class="composer-tools">
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            onChange={(event) => {
              addFiles([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = "";
            }}
          />
          <IconButton icon="add" label="Attach files" onClick={() => picker.current?.click()} />
          <IconButton
            icon="emoji"
            label="Insert an emoji"
            onClick={(event) =>
              void pickEmoji(event.currentTarget as HTMLElement, workspace).then((emoji) => {
                if (emoji) setContent(insertAt(area.current, content, emoji));
                area.current?.focus();
              })
            }
          />
          <span class="grow" />
          {length > limits.contentLength - 500 && (
            <span class={isTooLong ? "error-text" : "muted small"} role="status">
              {limits.contentLength - length}
            </span>
          )}
          <IconButton
            icon="clock"
            label="Send later"
            isDisabled={isEmpty || isTooLong}
            onClick={() =>
              scheduleMessage(workspace, { channelId, threadId, content, files }, () =>
                drafts.clear(channelId, threadId),
              )
            }
          />
          <button
            type="submit"
            class="icon-button send"
            aria-label="Send"
            title="Send"
            disabled={isEmpty || isTooLong}
          >
            <Icon name="send" />
          </button>
        </div>
      </div>
      {threadId !== null && (
        <label class="check small">
          <input
            type="checkbox"
            checked={alsoInChannel}
            onChange={(event) => setAlsoInChannel(event.currentTarget.checked)}
          />
          Also send to the channel
        </label>
      )}
    </form>
  );
}

function insertAt(area: HTMLTextAreaElement | null, content: string, text: string): string {
  const start = area?.selectionStart ?? content.length;
  const end = area?.selectionEnd ?? start;
  return content.slice(0, start) + text + content.slice(end);
}

/** The field grows with its text. */
function useAutoHeight(area: { current: HTMLTextAreaElement | null }, content: string): void {
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, innerHeight * 0.4)}px`;
  }, [content]);
}

/** Accepts files that are dropped anywhere on the page; those of a page with a thread belong to the thread. */
function useFilesFromPage(add: (files: readonly File[]) => void, isThread: boolean): void {
  const latest = useRef(add);
  latest.current = add;
  useEffect(() => {
    const isForThread = (event: DragEvent): boolean =>
      (event.target as Element | null)?.closest?.(".pane") !== null;
    const onDragOver = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    };
    const onDrop = (event: DragEvent): void => {
      const dropped = [...(event.dataTransfer?.files ?? [])];
      if (dropped.length === 0 || isForThread(event) !== isThread) return;
      event.preventDefault();
      latest.current(dropped);
    };
    addEventListener("dragover", onDragOver);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onDragOver);
      removeEventListener("drop", onDrop);
    };
  }, [isThread]);
}
