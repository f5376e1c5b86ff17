import { useMemo, useState } from "preact/hooks";
import type { OperationEntry } from "../contract/entries.ts";
import { parametersOf } from "../contract/entries.ts";
import {
  bodyExample,
  contentTypesOf,
  isJsonType,
  type OperationInput,
  parameterKey,
  requiredValues,
} from "../request/operation-input.ts";
import { requiredOnly } from "../schema/example-of.ts";
import { type PreparedRequest, prepareRequest } from "../request/prepare-request.ts";
import { useReference } from "./reference-context.ts";

/** The state of the form of an operation, from which its examples are made as well. */
export interface OperationForm {
  input: OperationInput;
  /** The input, with examples for the required parameters that are empty. */
  exampleInput: OperationInput;
  request: PreparedRequest;
  /** The request for examples. */
  exampleRequest: PreparedRequest;
  problems: ReadonlyMap<string, string>;
  file: File | null;
  setValue(key: string, name: string, value: string): void;
  setBody(text: string): void;
  setContentType(type: string): void;
  setFile(file: File | null): void;
  /** Replaces the body by the example with all of its fields; null where the example has no further ones. */
  useWholeExample: (() => void) | null;
}

/** Values longer than this are not kept for other operations. */
const maxKeptLength = 500;
/** Values of at most so many names are kept. */
const maxKept = 200;

/** Creates the form of an operation. Parameters begin with the values that were entered for the same names before. */
export function useOperationForm(entry: OperationEntry): OperationForm {
  const { contract, known, enteredValues } = useReference();
  const { schemas } = contract.openApi.components;
  const { operation } = entry;
  const [values, setValues] = useState<ReadonlyMap<string, string>>(
    () =>
      new Map(
        parametersOf(operation).flatMap((parameter): [string, string][] => {
          const value = parameter.in === "path" ? enteredValues.get(parameter.name) : undefined;
          return value === undefined ? [] : [[parameterKey(parameter), value]];
        }),
      ),
  );
  const [contentType, setContentType] = useState<string | null>(() => contentTypesOf(operation)[0] ?? null);
  const example = useMemo(() => {
    if (!isJsonType(contentType)) return { required: "", whole: "" };
    const whole = bodyExample(operation, contentType, schemas, known);
    const schema = operation.requestBody?.content[contentType ?? ""]?.schema;
    return { required: indented(requiredOnly(whole, schema, schemas)), whole: indented(whole) };
  }, [operation, contentType, schemas, known]);
  const [body, setBody] = useState(example.required);
  const [file, setFile] = useState<File | null>(null);

  const input = { values, contentType, body };
  const { request, problems } = prepareRequest(entry, input);
  const given = [...values].filter(([, value]) => value !== "");
  const exampleInput = {
    ...input,
    values: new Map([...requiredValues(operation, schemas, known), ...given]),
  };
  return {
    input,
    exampleInput,
    request,
    exampleRequest: prepareRequest(entry, exampleInput).request,
    problems,
    file,
    setValue(key, name, value) {
      setValues((entered) => new Map([...entered, [key, value]]));
      if (value.length <= maxKeptLength && (enteredValues.has(name) || enteredValues.size < maxKept))
        enteredValues.set(name, value);
    },
    setBody,
    setContentType,
    setFile,
    useWholeExample:
      example.whole !== example.required && body !== example.whole ? () => setBody(example.whole) : null,
  };
}

const indented = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value, null, 2));
