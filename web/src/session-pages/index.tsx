import type { SessionPage } from "../router.ts";

export function SessionPages(_props: { page: SessionPage }) {
  return null;
}
