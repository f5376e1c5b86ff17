import { signal } from "@preact/signals";

/** On a phone: whether the list of channels is shown in place of the view. */
export const showsSidebar = signal(false);
