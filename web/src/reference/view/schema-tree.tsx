import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Components, Schema } from "../contract/document.ts";
import { childrenOf, describeSchema, type SchemaNode } from "../schema/describe-schema.ts";
import type { Fact } from "../schema/schema-facts.ts";
import { InlineMarkdown } from "./markdown.tsx";

interface SchemaTreeProps {
  schema: Schema;
  components: Components;
  /** A property at the top level that is expanded initially. */
  openName?: string;
}

/** A schema as a tree. A node's children are described and rendered when it is expanded. */
export function SchemaTree({ schema, components, openName }: SchemaTreeProps): VNode {
  const root = useMemo(() => describeSchema(schema, components), [schema, components]);
  return (
    <div class="schema">
      <p class="schema-root">
        <span class="type">{root.type}</span>
      </p>
      <NodeText node={root} />
      {root.hasChildren && <Children node={root} components={components} openName={openName} />}
    </div>
  );
}

interface ChildrenProps {
  node: SchemaNode;
  components: Components;
  openName?: string | undefined;
}

function Children({ node, components, openName }: ChildrenProps): VNode {
  const children = useMemo(() => childrenOf(node, components), [node, components]);
  return (
    <ul class="tree">
      {children.map((child) => (
        <li>
          {child.hasChildren ? (
            <Branch node={child} components={components} isInitiallyOpen={child.name === openName} />
          ) : (
            <>
              <NodeHead node={child} />
              <NodeText node={child} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

interface BranchProps {
  node: SchemaNode;
  components: Components;
  isInitiallyOpen: boolean;
}

function Branch({ node, components, isInitiallyOpen }: BranchProps): VNode {
  const [isOpen, setOpen] = useState(isInitiallyOpen);
  return (
    <>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <NodeHead node={node} />
        </summary>
        {isOpen && <Children node={node} components={components} />}
      </details>
      <NodeText node={node} />
    </>
  );
}

function NodeHead({ node }: { node: SchemaNode }): VNode {
  const { name, isProperty, type, isRequired, isRecursive, isDeprecated } = node;
  return (
    <span class="node-head">
      {isProperty ? <code>{name}</code> : <em>{name}</em>} <span class="type">{type}</span>
      {isRequired && <span class="required"> required</span>}
      {isDeprecated && <span class="muted"> deprecated</span>}
      {isRecursive && <span class="muted"> recursive, as above</span>}
    </span>
  );
}

function NodeText({ node: { description, facts } }: { node: SchemaNode }): VNode | null {
  if (!description && facts.length === 0) return null;
  return (
    <div class="node-text">
      {description && (
        <p>
          <InlineMarkdown text={description} />
        </p>
      )}
      {facts.length > 0 && (
        <p class="facts">
          {facts.map((fact) => (
            <FactText fact={fact} />
          ))}
        </p>
      )}
    </div>
  );
}

/** More values are shown only on request. */
const shownValues = 12;

function FactText({ fact: { label, text, codes = [] } }: { fact: Fact }): VNode {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? codes : codes.slice(0, shownValues);
  return (
    <span class="fact">
      {label}: {text}
      {shown.map((code) => (
        <>
          <code>{code}</code>{" "}
        </>
      ))}
      {shown.length < codes.length && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          {codes.length - shown.length} more
        </button>
      )}
    </span>
  );
}
