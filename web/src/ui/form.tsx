import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ParleyError } from "../../../src/client/index.ts";
import { BusyContent } from "./action-button.tsx";
import { textBesideFields } from "./rejected-fields.ts";

/** Returns what the server found wrong with a field, by the path of the field in the request. */
export type ErrorOf = (path: string) => string | undefined;

interface FormProps {
  /** The label of the button that sends the form. */
  action: string;
  isDanger?: boolean;
  isDisabled?: boolean;
  /** Sends the form. An error of the server is shown beside the fields that it names, otherwise above the button. */
  onSubmit: () => Promise<unknown>;
  /** Further buttons beside the one that sends the form. */
  buttons?: ComponentChildren;
  children: (errorOf: ErrorOf) => ComponentChildren;
}

/** A form that sends a request: while it runs, its button is disabled; what the server rejects is shown at the fields. */
export function Form({
  action,
  isDanger = false,
  isDisabled = false,
  onSubmit,
  buttons,
  children,
}: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const isBlocked = isBusy || isDisabled;
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);

  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await onSubmit();
    } catch (failure) {
      setError(failure);
      // Anything else is a defect.
      if (!(failure instanceof ParleyError)) throw failure;
    } finally {
      setBusy(false);
    }
  };
  const issues = error instanceof ParleyError ? error.issues : [];
  const paths = new Set<string>();
  const fields = children((path) => {
    paths.add(path);
    return issues.find((issue) => issue.path === path)?.message;
  });
  const text = error === undefined ? undefined : textBesideFields(error, paths);
  return (
    <form
      ref={form}
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBlocked) void submit();
      }}
    >
      {fields}
      {text !== undefined && (
        <div class="notice error" role="alert">
          {text}
        </div>
      )}
      <div class="row wrap">
        <button
          type="submit"
          class={`button ${isDanger ? "danger" : "primary"}`}
          aria-disabled={isBlocked}
          aria-busy={isBusy}
        >
          <BusyContent isBusy={isBusy}>{action}</BusyContent>
        </button>
        {buttons}
      </div>
    </form>
  );
}
