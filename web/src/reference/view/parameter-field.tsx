import type { VNode } from "preact";
import { useId } from "../../lib/use-id.ts";
import type { Parameter } from "../contract/document.ts";
import { parameterExample } from "../request/operation-input.ts";
import { flattenSchema } from "../schema/flatten-schema.ts";
import { useReference } from "./reference-context.ts";

interface ParameterFieldProps {
  parameter: Parameter;
  value: string;
  /** What is wrong with the value; shown only after an attempt to send. */
  problem: string | undefined;
  onChange: (value: string) => void;
}

/** The field of a parameter: a selection if the schema lists its values, a text otherwise. */
export function ParameterField({ parameter, value, problem, onChange }: ParameterFieldProps): VNode {
  const { contract, known } = useReference();
  const { schemas } = contract.openApi.components;
  const id = useId();
  const { name, in: place, required } = parameter;
  const options = optionsOf(parameter, schemas);
  const common = {
    id,
    value,
    "aria-required": required === true,
    "aria-invalid": problem !== undefined,
    "aria-describedby": problem === undefined ? undefined : `${id}-problem`,
  };
  return (
    <div class="field">
      <label for={id}>
        <code>{name}</code> <span class="muted">{place}</span>
        {required && <span class="required"> required</span>}
      </label>
      {options ? (
        <select {...common} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          <option value="">{required ? "Select" : "Not sent"}</option>
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          placeholder={`for example ${parameterExample(parameter, schemas, known)}`}
          onInput={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
      {problem !== undefined && (
        <p id={`${id}-problem`} class="problem">
          {problem}
        </p>
      )}
    </div>
  );
}

/** Returns the values that a parameter can have, if its schema lists them. */
function optionsOf({ schema }: Parameter, components: Parameters<typeof flattenSchema>[1]): string[] | null {
  const { schema: flat } = flattenSchema(schema, components);
  if (flat.type === "boolean") return ["true", "false"];
  return flat.enum?.every((value) => typeof value === "string") ? [...flat.enum] : null;
}
