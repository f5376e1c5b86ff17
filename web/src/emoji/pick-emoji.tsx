import type { Workspace } from "../state/workspace.ts";
import { loadModule } from "../ui/lazy.tsx";

/** Lets the user choose an emoji beside an element. Resolves to the emoji or `:name:`; undefined if they chose none. */
export async function pickEmoji(anchor: HTMLElement, workspace: Workspace): Promise<string | undefined> {
  // The element may be removed meanwhile, such as a button of a message that no longer has the pointer.
  const place = anchor.getBoundingClientRect();
  const picker = await loadModule(() => import("./open-picker.tsx"));
  return picker?.openPicker({ anchor, place, workspace });
}
