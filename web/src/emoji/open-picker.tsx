import type { Workspace } from "../state/workspace.ts";
import { showOverlay } from "../ui/overlays.ts";
import { EmojiPicker } from "./emoji-picker.tsx";
import { rememberEmoji } from "./recent-emoji.ts";

interface PickerOptions {
  /** The element that has the focus afterwards. */
  anchor: HTMLElement;
  /** Where the picker is shown. */
  place: DOMRect;
  workspace: Workspace;
}

/** Shows the picker until the user has chosen an emoji or closes it. */
export function openPicker({ anchor, place, workspace }: PickerOptions): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  // Everything outside of a modal dialog is inert.
  const parent = anchor.closest("dialog") ?? document.body;
  const message = anchor.closest<HTMLElement>("article");
  showOverlay<string>((close) => <EmojiPicker place={place} workspace={workspace} onClose={close} />, {
    parent,
    onClosed: (chosen, hadFocus) => {
      if (hadFocus) (anchor.isConnected ? anchor : message)?.focus();
      if (chosen !== undefined) rememberEmoji(chosen);
      resolve(chosen);
    },
  });
  return promise;
}
