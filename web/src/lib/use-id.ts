import { useState } from "preact/hooks";

let last = 0;

/**
 * Returns an id that no other element of the page has. The hook of the same name in Preact counts in each tree of components, and a dialog is a
 * tree of its own.
 */
export function useId(): string {
  const [id] = useState(() => `id-${++last}`);
  return id;
}
