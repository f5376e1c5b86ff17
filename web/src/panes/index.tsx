import type { Pane } from "../router.ts";

export function Panes(_props: { shown: Pane }) {
  return null;
}
