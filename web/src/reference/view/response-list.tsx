import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { MediaType, Response } from "../contract/document.ts";
import { CodeBlock } from "./code-block.tsx";
import { InlineMarkdown, Markdown } from "./markdown.tsx";
import { useReference } from "./reference-context.ts";
import { SchemaTree } from "./schema-tree.tsx";

/** The responses of an operation: the codes of its errors, and each response with its schema and examples. */
export function ResponseList({ responses }: { responses: readonly [string, Response][] }): VNode {
  const codes = errorCodes(responses);
  const statuses = responses.map(([status]) => status);
  // Where a request can have both outcomes, 200 is the repeated one.
  const success =
    statuses.find((status) => status === "201") ?? statuses.find((status) => status.startsWith("2"));
  return (
    <>
      {codes.length > 0 && (
        <p>
          Error codes:{" "}
          {codes.map((code) => (
            <>
              <a href={`/errors/${encodeURIComponent(code)}`}>
                <code>{code}</code>
              </a>{" "}
            </>
          ))}
        </p>
      )}
      {responses.map(([status, response]) => (
        <ResponseItem key={status} status={status} response={response} isInitiallyOpen={status === success} />
      ))}
    </>
  );
}

interface ResponseItemProps {
  status: string;
  response: Response;
  isInitiallyOpen: boolean;
}

function ResponseItem({ status, response, isInitiallyOpen }: ResponseItemProps): VNode {
  const [isOpen, setOpen] = useState(isInitiallyOpen);
  const { description, content = {}, headers = {} } = response;
  const names = Object.keys(headers);
  // Descriptions of errors have several paragraphs.
  const isShort = !description.includes("\n") && description.length <= 120;
  return (
    <details class="response" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <code class={/^[45]/.test(status) ? "status danger-text" : "status"}>{status}</code>{" "}
        {isShort ? <InlineMarkdown text={description} /> : errorCodes([[status, response]]).join(", ")}
      </summary>
      {isOpen && (
        <>
          {!isShort && <Markdown text={description} />}
          {names.length > 0 && <p class="muted">Headers: {names.join(", ")}</p>}
          {Object.entries(content).map(([type, media]) => (
            <ResponseContent key={type} type={type} media={media} />
          ))}
          {isShort && names.length === 0 && Object.keys(content).length === 0 && (
            <p class="muted">No body.</p>
          )}
        </>
      )}
    </details>
  );
}

function ResponseContent({ type, media }: { type: string; media: MediaType }): VNode {
  const { schemas } = useReference().contract.openApi.components;
  const { schema, example, examples = {} } = media;
  return (
    <>
      <p class="muted">{type}</p>
      {schema && <SchemaTree schema={schema} components={schemas} />}
      {example !== undefined && (
        <CodeBlock title="Example response" text={JSON.stringify(example, null, 2)} />
      )}
      {Object.entries(examples).map(([name, { value }]) => (
        <CodeBlock key={name} title={`Example: ${name}`} text={JSON.stringify(value, null, 2)} />
      ))}
    </>
  );
}

/** Returns the codes of problems, which are the names of the examples of their responses. */
function errorCodes(responses: readonly [string, Response][]): string[] {
  const codes = responses.flatMap(([, { content = {} }]) =>
    Object.keys(content["application/problem+json"]?.examples ?? {}),
  );
  return [...new Set(codes)];
}
