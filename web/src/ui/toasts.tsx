import { signal } from "@preact/signals";
import { ParleyError } from "../../../src/client/index.ts";
import { IconButton } from "./icon.tsx";
import { openDialogs } from "./open-dialogs.ts";

interface Toast {
  id: number;
  text: string;
  isError: boolean;
  action?: { label: string; onSelect: () => void };
}

const shownMs = 6_000;
const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

/** Shows a text for some seconds; one with an action stays until it is used or closed. */
export function showToast(
  text: string,
  { isError = false, action }: { isError?: boolean; action?: Toast["action"] } = {},
): void {
  const toast: Toast = { id: ++lastId, text, isError, ...(action && { action }) };
  toasts.value = [...toasts.peek().slice(-3), toast];
  if (!action) setTimeout(() => remove(toast.id), shownMs);
}

const remove = (id: number): void => {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
};

/** Shows why a request failed. An error that is not the server's is a defect, and is thrown again. */
export function showError(error: unknown): void {
  if (!(error instanceof ParleyError)) throw error;
  showToast(errorText(error), { isError: true });
}

/** Returns an error in a form that helps the user: what is wrong with which field, or what happened. */
export function errorText(error: unknown): string {
  if (!(error instanceof ParleyError)) return "Something went wrong";
  const { code, message, issues } = error;
  if (code === "unavailable") return "The server can't be reached. Try again in a moment.";
  if (code === "internal") return "The server failed. Try again in a moment.";
  const [issue] = issues ?? [];
  return issue ? `${issue.path}: ${issue.message}` : message;
}

/**
 * Shows the toasts in the dialog that is on top, or in the page if no dialog is open.
 *
 * @param props `dialogId`: the dialog in which the component is; undefined for the page
 */
export const Toasts = ({ dialogId }: { dialogId?: string }) =>
  openDialogs.value.at(-1) === dialogId ? <ToastList /> : null;

const ToastList = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map(({ id, text, isError, action }) => (
      <div key={id} class={`toast ${isError ? "error" : ""}`}>
        <span class="grow">{text}</span>
        {action && (
          <button
            type="button"
            class="button"
            onClick={() => {
              remove(id);
              action.onSelect();
            }}
          >
            {action.label}
          </button>
        )}
        <IconButton icon="close" label="Dismiss" onClick={() => remove(id)} />
      </div>
    ))}
  </div>
);
