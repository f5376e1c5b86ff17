import type { VNode } from "preact";
import type { Components, Parameter } from "../contract/document.ts";
import { SchemaTree } from "./schema-tree.tsx";
import { InlineMarkdown } from "./markdown.tsx";

/** The documentation of parameters. */
export function ParameterList({
  parameters,
  components,
}: {
  parameters: readonly Parameter[];
  components: Components;
}): VNode {
  return (
    <ul class="parameters">
      {parameters.map(({ name, in: place, required, description, schema }) => (
        <li key={`${place}.${name}`}>
          <p class="node-head">
            <code>{name}</code> <span class="muted">in {place}</span>
            {required && <span class="required"> required</span>}
          </p>
          {description && (
            <p>
              <InlineMarkdown text={description} />
            </p>
          )}
          <SchemaTree schema={schema} components={components} />
        </li>
      ))}
    </ul>
  );
}
