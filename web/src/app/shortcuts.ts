import { useEffect } from "preact/hooks";
import { closePane, navigate, pane, paths, route } from "../router.ts";
import { useWorkspace } from "../state/context.ts";
import { isSwitcherOpen, openSwitcher } from "./switcher.tsx";

/**
 * The shortcuts of the whole page. Ctrl or ⌘ with K opens the switcher; Alt with an arrow goes to the previous or next channel, with Shift to
 * the previous or next unread one; Escape closes the pane. What is typed while nothing has the focus goes to the composer.
 */
export function useShortcuts(): void {
  const { channels } = useWorkspace();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (
        (event.ctrlKey || event.metaKey) &&
        !event.altKey &&
        !event.shiftKey &&
        event.key.toLowerCase() === "k"
      ) {
        event.preventDefault();
        openSwitcher();
      } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        move(event.key === "ArrowDown" ? 1 : -1, event.shiftKey);
      } else if (event.key === "Escape" && !event.defaultPrevented && pane.peek() && !isSwitcherOpen.peek()) {
        if (document.querySelector("dialog[open], :popover-open")) return;
        closePane();
      } else if (isText(event)) document.querySelector<HTMLElement>(".main .composer-text")?.focus();
    };
    const move = (step: number, unreadOnly: boolean): void => {
      const shown = route.peek();
      const current = shown.name === "channel" ? shown.channelId : undefined;
      const all = [...channels.named.peek(), ...channels.direct.peek()].filter(
        ({ id, isUnread }) => !unreadOnly || id === current || isUnread.peek(),
      );
      const at = all.findIndex(({ id }) => id === current);
      const next = all.at((at + step + all.length) % Math.max(1, all.length));
      if (next) navigate(paths.channel(next.id));
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [channels]);
}

/** Whether a key types a character and no element would receive it. */
function isText({ key, target, ctrlKey, metaKey, altKey, isComposing }: KeyboardEvent): boolean {
  if (key.length !== 1 || key === " " || ctrlKey || metaKey || altKey || isComposing) return false;
  const isIdle = target === document.body || (target instanceof Element && target.matches("#main, article"));
  return isIdle && document.querySelector("dialog[open], :popover-open") === null;
}
