import type { VNode } from "preact";
import { useId } from "../../lib/use-id.ts";
import type { OperationEntry } from "../contract/entries.ts";
import { contentTypesOf, isJsonType } from "../request/operation-input.ts";
import type { OperationForm } from "./operation-form.ts";

interface BodyFieldProps {
  entry: OperationEntry;
  form: OperationForm;
  problem: string | undefined;
}

/** The field of a request's body: JSON as text, other types as a file. Null for an operation without a body. */
export function BodyField({ entry, form, problem }: BodyFieldProps): VNode | null {
  const id = useId();
  const { contentType, body } = form.input;
  const types = contentTypesOf(entry.operation);
  if (contentType === null) return null;
  return (
    <>
      {types.length > 1 && (
        <div class="field">
          <label for={`${id}-type`}>Type of the body</label>
          <select
            id={`${id}-type`}
            value={contentType}
            onChange={({ currentTarget }) => form.setContentType(currentTarget.value)}
          >
            {types.map((type) => (
              <option key={type} value={type}>
                {type}
              </option>
            ))}
          </select>
        </div>
      )}
      <div class="field">
        <label for={id}>{isJsonType(contentType) ? "JSON body" : "File"}</label>
        {isJsonType(contentType) ? (
          <textarea
            id={id}
            rows={Math.min(20, body.split("\n").length + 1)}
            spellcheck={false}
            autocomplete="off"
            value={body}
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? undefined : `${id}-problem`}
            onInput={({ currentTarget }) => form.setBody(currentTarget.value)}
          />
        ) : (
          <input
            id={id}
            type="file"
            onChange={({ currentTarget }) => form.setFile(currentTarget.files?.[0] ?? null)}
          />
        )}
        {problem !== undefined && (
          <p id={`${id}-problem`} class="problem">
            {problem}
          </p>
        )}
        {form.useWholeExample && (
          <button type="button" onClick={form.useWholeExample}>
            Insert the example with all fields
          </button>
        )}
      </div>
    </>
  );
}
