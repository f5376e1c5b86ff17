import { useRef, useState } from "preact/hooks";
import { ParleyError } from "../../../../src/client/index.ts";
import { errorText } from "../../ui/toasts.tsx";
import { type FieldErrors, fieldErrorsOf } from "./field-errors.ts";

/** The submission of a form. */
export interface Submission {
  /** Whether it is in progress. */
  isBusy: boolean;
  /** Why it failed, as far as no field shows it. */
  error: string | undefined;
  /** What the server rejected about a field. */
  errorOf: (field: string) => string | undefined;
  /** Submits the form, unless a submission is in progress. The form shows why it failed. */
  submit: (work: () => Promise<unknown>) => Promise<void>;
}

const none: FieldErrors = { byField: new Map(), others: [] };

/** Keeps the state of a form's submission. `fields` are the names of the request's fields that the form shows. */
export function useSubmit(fields: readonly string[]): Submission {
  const [state, setState] = useState<{ isBusy: boolean; error?: string; errors: FieldErrors }>({
    isBusy: false,
    errors: none,
  });
  const isRunning = useRef(false);
  return {
    isBusy: state.isBusy,
    error: state.error,
    errorOf: (field) => state.errors.byField.get(field),
    submit: async (work) => {
      if (isRunning.current) return;
      isRunning.current = true;
      setState({ isBusy: true, errors: none });
      try {
        await work();
        setState({ isBusy: false, errors: none });
      } catch (error) {
        if (!(error instanceof ParleyError)) {
          setState({ isBusy: false, errors: none, error: errorText(error) });
          throw error;
        }
        const errors = fieldErrorsOf(error.issues, fields);
        const isShown = errors.byField.size > 0 && errors.others.length === 0;
        setState({ isBusy: false, errors, ...(!isShown && { error: textOf(error, errors) }) });
      } finally {
        isRunning.current = false;
      }
    },
  };
}

/** Returns what is wrong besides the fields: the issues without a field, or the whole error. */
const textOf = (error: ParleyError, { byField, others }: FieldErrors): string =>
  byField.size > 0
    ? others.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ")
    : errorText(error);
