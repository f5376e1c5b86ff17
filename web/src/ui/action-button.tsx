import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { showError } from "./toasts.tsx";

interface ActionButtonProps {
  /** Runs the request. Its error is shown as a toast. */
  onAction: () => Promise<unknown>;
  children: ComponentChildren;
  class?: string;
  isDisabled?: boolean;
  /** The name of the button, if its content is not clear without what is around it. */
  label?: string;
}

/** A button that runs a request: until it ends, the button shows that it is running and can't be pressed. It keeps the focus meanwhile. */
export function ActionButton({ onAction, children, isDisabled = false, label, ...more }: ActionButtonProps) {
  const [isBusy, setBusy] = useState(false);
  const isBlocked = isBusy || isDisabled;
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      await onAction();
    } catch (error) {
      showError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      class={`button ${more.class ?? ""}`}
      aria-label={label}
      aria-disabled={isBlocked}
      aria-busy={isBusy}
      onClick={() => {
        if (!isBlocked) void run();
      }}
    >
      <BusyContent isBusy={isBusy}>{children}</BusyContent>
    </button>
  );
}

/** The content of a button, with a sign while its request is running. */
export const BusyContent = ({ isBusy, children }: { isBusy: boolean; children: ComponentChildren }) => (
  <>
    {isBusy && <span class="spinner inline" aria-hidden="true" />}
    {children}
  </>
);
