import type { Workspace } from "../state/workspace.ts";

/** Lets the user choose an emoji beside an element. Resolves to the emoji or `:name:`; undefined if they chose none. */
export function pickEmoji(_anchor: HTMLElement, _workspace: Workspace): Promise<string | undefined> {
  return Promise.resolve(undefined);
}
