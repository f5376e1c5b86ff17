import { useState } from "preact/hooks";

let last = 0;

/**
 * Returns an id that no other element of the page has. Preact's hook of the same name counts separately in each rendered tree, and each overlay is
 * rendered as a separate tree.
 */
export function useId(): string {
  const [id] = useState(() => `id-${++last}`);
  return id;
}
