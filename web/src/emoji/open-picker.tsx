import { render } from "preact";
import type { Workspace } from "../state/workspace.ts";
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
  const host = document.createElement("div");
  parent.append(host);
  let isOpen = true;
  const close = (chosen?: string): void => {
    if (!isOpen) return;
    isOpen = false;
    const hadFocus = host.contains(document.activeElement) || document.activeElement === document.body;
    render(null, host);
    host.remove();
    if (hadFocus) (anchor.isConnected ? anchor : message)?.focus();
    if (chosen !== undefined) rememberEmoji(chosen);
    resolve(chosen);
  };
  render(<EmojiPicker place={place} workspace={workspace} onClose={close} />, host);
  return promise;
}
