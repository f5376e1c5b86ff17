import type { View } from "../router.ts";

export function Views(_props: { view: View }) {
  return null;
}
