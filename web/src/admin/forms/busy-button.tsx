import type { ComponentChildren } from "preact";

interface BusyButtonProps {
  /** Whether its action is in progress. */
  isBusy: boolean;
  kind?: "primary" | "danger" | "plain";
  type?: "button" | "submit";
  /** The id of the form that it submits. */
  form?: string;
  isDisabled?: boolean;
  onClick?: () => void;
  children: ComponentChildren;
}

/** A button that does nothing while its action is in progress. It keeps the focus meanwhile, which `disabled` would take away. */
export const BusyButton = ({
  isBusy,
  kind,
  type = "button",
  form,
  isDisabled = false,
  onClick,
  children,
}: BusyButtonProps) => (
  <button
    type={type}
    form={form}
    class={`button ${kind ?? ""}`}
    disabled={isDisabled}
    aria-disabled={isBusy || undefined}
    aria-busy={isBusy || undefined}
    onClick={(event) => {
      if (isBusy) event.preventDefault();
      else onClick?.();
    }}
  >
    {isBusy && <span class="spinner small-spinner" aria-hidden="true" />}
    {children}
  </button>
);
