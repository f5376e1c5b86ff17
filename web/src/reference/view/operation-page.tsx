import type { VNode } from "preact";
import { type OperationEntry, parametersOf, responsesOf } from "../contract/entries.ts";
import { clientExample } from "../request/client-example.ts";
import { curlCommand } from "../request/curl-command.ts";
import { requiredCredential } from "../request/required-credential.ts";
import { CodeBlock } from "./code-block.tsx";
import { Markdown, InlineMarkdown } from "./markdown.tsx";
import { useOperationForm } from "./operation-form.ts";
import { ParameterList } from "./parameter-list.tsx";
import { useReference } from "./reference-context.ts";
import { ResponseList } from "./response-list.tsx";
import { SchemaTree } from "./schema-tree.tsx";
import { SocketSections } from "./socket-sections.tsx";
import { TryRequest } from "./try-request.tsx";

/** The page of a REST operation, or of one that opens a socket. */
export function OperationPage({ entry }: { entry: OperationEntry }): VNode {
  const { openApi } = useReference().contract;
  const form = useOperationForm(entry);
  const { operation, method, path, summary, socket } = entry;
  const { schemas } = openApi.components;
  const { description, requestBody } = operation;
  const parameters = parametersOf(operation);
  const credential = requiredCredential(operation);
  const { origin } = location;
  return (
    <>
      <p class="signature">
        <span class={method === "DELETE" ? "label danger-text" : "label"}>{method}</span> <code>{path}</code>
      </p>
      <p class="lead">
        <InlineMarkdown text={`${summary}.`} />
      </p>
      <p class="muted">
        {credential === "none" ? (
          "Needs no credential."
        ) : (
          <>
            Needs {credential === "server key" ? "a server key" : "an access token"}, sent as{" "}
            <code>Authorization: Bearer …</code>
          </>
        )}
        {operation.deprecated && " Deprecated."}
      </p>
      {description && <Markdown text={description} />}
      {parameters.length > 0 && (
        <section>
          <h2>Parameters</h2>
          <ParameterList parameters={parameters} components={schemas} />
        </section>
      )}
      {requestBody && (
        <section>
          <h2>Request body</h2>
          {requestBody.description && <Markdown text={requestBody.description} />}
          {Object.entries(requestBody.content).map(([type, { schema }]) => (
            <div key={type}>
              <p class="muted">{type}</p>
              {schema && <SchemaTree schema={schema} components={schemas} />}
            </div>
          ))}
        </section>
      )}
      <section>
        <h2>Example</h2>
        {!socket && <CodeBlock title="curl" text={curlCommand(origin, form.exampleRequest, credential)} />}
        <CodeBlock
          title="parley/client (TypeScript)"
          text={clientExample(origin, entry, form.exampleInput, openApi)}
        />
      </section>
      {socket ? (
        <SocketSections entry={entry} channel={socket.channel} />
      ) : (
        <section>
          <h2>Try it</h2>
          <TryRequest entry={entry} form={form} />
        </section>
      )}
      <section>
        <h2>Responses</h2>
        <ResponseList responses={responsesOf(operation, openApi)} />
      </section>
    </>
  );
}
