import type { ComponentChildren } from "preact";
import type { Loaded } from "./use-load.ts";
import { errorText } from "./toasts.tsx";

/** Shows that something is loading. */
export const Spinner = ({ label = "Loading" }: { label?: string }) => (
  <div class="empty" role="status">
    <div class="spinner" />
    <span class="visually-hidden">{label}</span>
  </div>
);

/** Shows that there is nothing yet, and what to do about it. */
export const EmptyState = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <h2>{title}</h2>
    {children}
  </div>
);

/** Shows why something could not be loaded, with a button to try again. */
export const ErrorNotice = ({ error, onRetry }: { error: unknown; onRetry?: () => void }) => (
  <div class="notice error row wrap" role="alert">
    <span class="grow">{errorText(error)}</span>
    {onRetry && (
      <button type="button" class="button" onClick={onRetry}>
        Try again
      </button>
    )}
  </div>
);

/** Shows a loaded value, or that it is loading, or why it failed. */
export function Load<Value>({
  from,
  children,
}: {
  from: Loaded<Value>;
  children: (value: Value) => ComponentChildren;
}) {
  if (from.value !== undefined) return <>{children(from.value)}</>;
  return from.isLoading ? <Spinner /> : <ErrorNotice error={from.error} onRetry={from.reload} />;
}
